// Session driver for Node 16 and later: `node node_driver.cjs <descriptor> <folder>`.
// Descriptors 0, 1, 2 are the terminal, for the program only; <descriptor> is the control channel.
//
// Code runs in V8's own REPL mode (top-level await, const and class can be declared again), as it was
// approved but for one thing: V8 has no module loader there, so `import` statements and `import()`
// calls, outside strings and comments, are spelled as calls of this driver's loader.
'use strict';
const fs = require('fs'), net = require('net'), path = require('path'), vm = require('vm');
const util = require('util'), crypto = require('crypto'), inspector = require('inspector');
const { createRequire } = require('module');
const { pathToFileURL } = require('url');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

if (isMainThread) serve(Number(process.argv[2]), process.argv[3]);
else readChannel(workerData);

// What the main thread is doing, shared with the reader.
const IDLE = 0, WATCHED = 1, RUNNING = 2; // WATCHED: in a script that Ctrl-C itself can end
const PATIENCE = 50; // milliseconds for an event loop to take the signal

// -- the reader: a thread of its own, so that a busy main thread can still be stopped ---------------
function readChannel({ descriptor, doing }) {
  const main = new inspector.Session();
  main.connectToMainThread();
  let buffer = Buffer.alloc(0), header = null, latest = 0; // the number of the run sent last
  // A signal that comes as a watched script begins or ends can be lost in Node: an event loop that is
  // alive is told here as well.
  function tell(n, level) {
    if (n !== latest) return;
    parentPort.postMessage({ op: 'interrupt', n });
    if (level > 1) setTimeout(end, PATIENCE, n);
  }
  function end(n) { // nothing but code of that run may be ended: the driver would not survive it
    if (n === latest && Atomics.load(doing, 0) === RUNNING) main.post('Runtime.terminateExecution');
  }
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: false });
  socket.on('data', (chunk) => {
    buffer = buffer.length ? Buffer.concat([buffer, chunk]) : chunk;
    for (;;) {
      if (!header) {
        const at = buffer.indexOf(10);
        if (at < 0) return;
        header = JSON.parse(buffer.subarray(0, at).toString());
        buffer = buffer.subarray(at + 1);
      }
      if (buffer.length < header.length) return;
      const code = Uint8Array.from(buffer.subarray(0, header.length));
      buffer = buffer.subarray(header.length);
      if (header.op === 'interrupt') {
        setTimeout(tell, PATIENCE, latest, header.level);
      } else {
        latest = header.n;
        parentPort.postMessage({ ...header, code });
      }
      header = null;
    }
  });
  socket.on('close', () => process.kill(process.pid, 'SIGKILL'));
}

// -- imports ---------------------------------------------------------------------------------------
// What is no code: comments, strings, templates (whole, so an import inside ${} stays as it is).
const LITERAL = new RegExp([
  /\/\/[^\n]*/, /\/\*[\s\S]*?\*\//, /'(?:\\[\s\S]|[^'\\\n])*'/, /"(?:\\[\s\S]|[^"\\\n])*"/,
  /`(?:\\[\s\S]|[^`\\])*`/,
].map((part) => part.source).join('|'), 'g');

function rewriteImports(code) {
  if (!/\bimport\b/.test(code) || code.includes('\0')) return code;
  const literals = [];
  const hidden = code.replace(LITERAL, (text) => `\0${literals.push(text) - 1}\0`);
  const loaded = (place) => `await __oi_import(${place})`;
  const rewritten = hidden
    .replace(/^([ \t]*)import\s*(\0\d+\0)[ \t]*(;?)/gm, (_, space, from, end) => `${space}${loaded(from)}${end}`)
    .replace(/^([ \t]*)import\s+(?:([\w$]+)\s*,?\s*)?(\*\s*as\s+[\w$]+|\{[^}]*\})?\s*from\s*(\0\d+\0)[ \t]*(;?)/gm,
      (_, space, name, rest, from, end) => {
        const parts = [];
        if (name) parts.push(`{default: ${name}} = ${loaded(from)}`);
        if (rest && rest[0] === '*') parts.push(`${rest.replace(/^\*\s*as\s+/, '')} = ${loaded(from)}`);
        else if (rest) parts.push(`${rest.replace(/\bas\b/g, ':')} = ${loaded(from)}`);
        return `${space}const ${parts.join(', ')}${end}`;
      })
    .replace(/(^|[^\w$.])import\s*\(/g, '$1__oi_import(');
  return rewritten.replace(/\0(\d+)\0/g, (_, number) => literals[number]);
}

// -- the session -----------------------------------------------------------------------------------
const LATENESS = 300; // milliseconds that a busy machine may keep a thread waiting

class ExitRun extends Error {
  constructor(code) { super('exit'); this.code = code; }
}

function serve(descriptor, folder) {
  const session = new inspector.Session();
  session.connect();
  const post = (method, parameters) => new Promise((resolve, reject) =>
    session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result))));
  let current = null; // {id, n, finish(status, code, detail)}
  let holder = {}; // the value of the last expression
  let interrupts = 0; // that arrived since the last run began
  const doing = new Int32Array(new SharedArrayBuffer(4));

  function send(message) {
    let data = Buffer.from(JSON.stringify(message) + '\n');
    while (data.length) {
      try { data = data.subarray(fs.writeSync(descriptor, data)); }
      catch (error) { if (error.code !== 'EAGAIN') return; pause(); }
    }
  }
  function pause() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); }
  function mark(kind, nonce) {
    let data = Buffer.from(`\x1b]7770;${kind};${nonce}\x1b\\`);
    while (data.length) {
      try { data = data.subarray(fs.writeSync(1, data)); }
      catch (error) { if (error.code !== 'EAGAIN') return; pause(); }
    }
  }
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
  function cwd() { try { return process.cwd(); } catch { return ''; } }

  function cleanStack(error) { // the code's frames only
    if (!(error && typeof error.stack === 'string')) return 'Uncaught ' + util.inspect(error);
    return error.stack.split('\n').filter((line) =>
      !/^\s+at .*(node:internal|node:vm|node:inspector|node_driver\.cjs|node:events|node:net)/.test(line)).join('\n');
  }
  function report(error) {
    const text = cleanStack(error);
    process.stderr.write(text + '\n');
    return text.split('\n')[0].slice(0, 500);
  }
  function finishWrites() { // an interrupt in the middle of a write leaves its stream waiting for ever
    for (const stream of [process.stdout, process.stderr]) {
      const state = stream._writableState;
      try { if (state.writing && typeof state.writecb === 'function') state.onwrite(); } catch { /* closed */ }
    }
  }
  function interrupted() {
    interrupts++;
    stop(current);
  }
  function stop(mine) {
    if (!mine || mine.settled) return;
    process.stderr.write('Interrupted\n');
    mine.finish('interrupted', 130, '');
  }

  async function settle(mine, quiet, error, reply) {
    if (error) return mine.finish('error', 1, report(new Error(error.message)));
    const failed = reply.exceptionDetails;
    const remote = failed ? failed.exception : reply.result;
    const text = failed ? (failed.text || '') + ((remote && remote.description) || '') : '';
    if (failed && /execution was terminated/i.test(text)) return interrupted();
    holder = {};
    if (remote && remote.objectId) // fetch the real object behind the remote handle
      await post('Runtime.callFunctionOn', { objectId: remote.objectId, silent: true,
        functionDeclaration: 'function () { globalThis.__oi_take(this); }' });
    else if (remote && remote.type !== 'undefined')
      holder = { value: remote.unserializableValue ? vm.runInThisContext(remote.unserializableValue) : remote.value };
    const value = holder.value, has = 'value' in holder;
    holder = {};
    session.post('Runtime.releaseObjectGroup', { objectGroup: 'oi' });
    if (mine.settled) return undefined;
    if (failed) return value instanceof ExitRun ? undefined : mine.finish('error', 1, report(value));
    if (has && !quiet) process.stdout.write(util.inspect(value, { colors: true, depth: 3 }) + '\n');
    return mine.finish('ok', 0, '');
  }

  function evaluate(source, number) {
    const parameters = { expression: `${rewriteImports(source)}\n//# sourceURL=cell-${number}.js`,
      replMode: true, awaitPromise: true, objectGroup: 'oi', silent: true };
    const mine = current; // an interrupted evaluation may answer when the next run is there
    const quiet = /;\s*$/.test(source);
    globalThis.__oi_evaluate = () => session.post('Runtime.evaluate', parameters,
      (error, reply) => { if (mine === current && !mine.settled) settle(mine, quiet, error, reply); });
    try { // breakOnSigint: a watchdog thread ends a busy synchronous loop
      Atomics.store(doing, 0, WATCHED);
      vm.runInThisContext('__oi_evaluate()', { breakOnSigint: true, filename: 'node_driver.cjs' });
    } catch (error) {
      if (error && error.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') interrupted();
      else if (!(error instanceof ExitRun)) current.finish('error', 1, report(error));
    }
    delete globalThis.__oi_evaluate;
    Atomics.store(doing, 0, mine.settled ? IDLE : RUNNING);
  }

  // An interrupt that also ended a child can miss its run: Node's watchdog keeps it for the next
  // script that it watches. So that script is one that does nothing.
  async function takeLateInterrupts(sent) {
    for (let turn = 0; interrupts < sent && turn < 2; turn++) await nextTurn();
    const end = Date.now() + LATENESS;
    while (interrupts < sent && Date.now() < end) {
      try { vm.runInThisContext(`while (Date.now() < ${end});`, { breakOnSigint: true }); }
      catch { interrupts++; }
    }
    interrupts = 0;
  }

  async function run({ id, n, digest, code, interrupts: sent }) {
    await takeLateInterrupts(sent);
    let release;
    const ended = new Promise((resolve) => { release = resolve; });
    current = { id, n, settled: false, finish(status, exitCode, detail) {
      Atomics.store(doing, 0, IDLE);
      if (!this.settled) { this.settled = true; release({ status, code: exitCode, detail }); }
    } };
    const bytes = Buffer.from(code);
    if (crypto.createHash('sha256').update(bytes).digest('hex') !== digest) {
      current.finish('refused', null, '');
    } else {
      send({ ev: 'began', id });
      let source = null;
      try { source = new util.TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes); }
      catch (error) { current.finish('error', 1, report(new SyntaxError('the code is not UTF-8'))); }
      if (source !== null) evaluate(source, n);
    }
    const result = await ended;
    for (let turn = 0; turn < 2; turn++) await nextTurn();
    finishWrites();
    const nonce = crypto.randomBytes(16).toString('hex');
    mark('e', nonce);
    current = null;
    send({ ev: 'ended', id, ...result, mark: nonce, cwd: cwd() });
  }

  const realExit = process.exit.bind(process);
  process.exit = (code) => {
    const error = new ExitRun(Number(code ?? process.exitCode ?? 0));
    if (!current) realExit(code);
    current.finish('exit', error.code, '');
    throw error;
  };
  process.on('SIGINT', interrupted);
  for (const event of ['uncaughtException', 'unhandledRejection'])
    process.on(event, (error) => { if (!(error instanceof ExitRun)) report(error); });

  const worker = new Worker(__filename, { workerData: { descriptor, doing }, env: process.env });
  worker.on('message', (message) => {
    if (message.op === 'run') run(message);
    else if (current && current.n === message.n) stop(current);
  });
  process.argv.length = 1;
  try { process.chdir(folder); } catch { process.chdir(require('os').homedir()); }
  globalThis.require = createRequire(path.join(process.cwd(), 'session.js'));
  const hide = (name, value) => Object.defineProperty(globalThis, name, { value, enumerable: false });
  hide('__oi_take', (value) => { holder = { value }; });
  hide('__oi_import', (name) => {
    if (/^\.{0,2}\//.test(name)) return import(pathToFileURL(path.resolve(name)).href);
    if (/^[a-z]+:/.test(name)) return import(name);
    let found = name;
    try { found = globalThis.require.resolve(name); } catch { /* import() says what is wrong */ }
    return import(path.isAbsolute(found) ? pathToFileURL(found).href : name);
  });
  send({ ev: 'ready', version: process.versions.node, cwd: cwd() });
}
