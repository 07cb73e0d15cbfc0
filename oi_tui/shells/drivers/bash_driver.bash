# Session driver for bash 3.2 and later: the --rcfile of an interactive bash whose descriptor 0 is a
# FIFO, so that nothing typed at the terminal is ever executed.
#
#   $OI_DIR/cmd     two lines a run: one calls __oi_begin <id> <nonce> and reads the cell, at the top
#                   level and not in a function, where `declare` would mean `local`; then __oi_end
#   $OI_DIR/events  "ready|began|ended|exit <id> <nonce> <status> <folder>"
#   $OI_DIR/cell    the code of the run, written and checked by the parent
#
# Ctrl-C, syntax errors and `set -u` failures end the code; bash goes on with the next line of the
# FIFO, which reports. `exit` and `set -e` fire the EXIT trap, which reports, saves the state and
# becomes a fresh shell in the same process. Code that sets an EXIT trap of its own and then exits
# gets what it asked for: its trap runs and the shell ends, with its state.
PS1= PS2= PROMPT_COMMAND=
unset HISTFILE
cd "$OI_CD" 2>/dev/null || cd
if [ -r "$OI_DIR/state" ]; then
  . "$OI_DIR/state" >/dev/null 2>&1
  PS1= PS2= PROMPT_COMMAND=
fi
rm -f "$OI_DIR/state"
export -n OI_DIR OI_SHELL OI_START OI_CD
__oi_id= __oi_nonce= __oi_cell=$OI_DIR/cell

__oi_say() { # $1 word, $2 status
  printf '%s %s %s %s %s\n' "$1" "${__oi_id:--}" "${__oi_nonce:--}" "$2" "$PWD" >"$OI_DIR/events"
}
__oi_report() { # $1 word, $2 status
  printf '\033]7770;e;%s\033\\' "$__oi_nonce" >/dev/tty
  __oi_say "$1" "$2"
  __oi_id=
}
__oi_begin() {
  __oi_id=$1 __oi_nonce=$2
  [ -t 1 ] || exec >/dev/tty # `exec >file` hurts the run that said it
  [ -t 2 ] || exec 2>/dev/tty
  trap '{ __oi_exit; } 2>/dev/null' EXIT # silent, for `set -x`
  __oi_say began 0
}
__oi_end() {
  local status=$?
  set +euxv 2>/dev/null # `set -e` belongs to the code that said it
  [ -n "$__oi_id" ] && __oi_report ended "$status"
}
__oi_exit() {
  local status=$?
  [ -n "$__oi_id" ] || return
  { : >/dev/tty; } 2>/dev/null || return # hung up: the interface is gone, so go too
  set +euxv 2>/dev/null
  { declare -p; declare -f; alias -p; shopt -p; set +o; } >"$OI_DIR/state" 2>/dev/null
  export OI_DIR OI_SHELL OI_START OI_CD=$PWD
  export __oi_report_exit="$__oi_id $__oi_nonce $status"
  trap - EXIT
  eval "$OI_START"
}
if [ -n "$__oi_report_exit" ]; then # this process served the run that ended its shell
  set -- $__oi_report_exit
  __oi_id=$1 __oi_nonce=$2
  unset __oi_report_exit
  __oi_report exit "$3"
  set --
else
  __oi_say ready "$BASH_VERSION"
fi
