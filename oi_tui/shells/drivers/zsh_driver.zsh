# Session driver for zsh: $ZDOTDIR/.zshrc of an interactive zsh whose descriptor 0 is a FIFO.
# The protocol is that of bash_driver.bash. zsh's EXIT trap belongs to a function: a hook instead.
PS1= PS2= RPS1= PROMPT= PROMPT_EOL_MARK=
unset HISTFILE zle_bracketed_paste ZDOTDIR
setopt no_prompt_sp no_prompt_cr no_beep interactive_comments no_bg_nice no_hup no_check_jobs
setopt no_banghist
cd $OI_CD 2>/dev/null || cd
if [[ -r $OI_DIR/state ]]; then
  source $OI_DIR/state >/dev/null 2>&1
  PS1= PS2= RPS1= PROMPT=
fi
command rm -f $OI_DIR/state
typeset +x OI_DIR OI_SHELL OI_START OI_CD
precmd_functions=() preexec_functions=()
__oi_id= __oi_nonce= __oi_cell=$OI_DIR/cell

__oi_say() { # $1 word, $2 status
  print -r -- "$1 ${__oi_id:--} ${__oi_nonce:--} $2 $PWD" >|$OI_DIR/events
}
__oi_report() { # $1 word, $2 status
  printf '\033]7770;e;%s\033\\' $__oi_nonce >/dev/tty
  __oi_say $1 $2
  __oi_id=
}
__oi_begin() {
  __oi_id=$1 __oi_nonce=$2
  [[ -t 1 ]] || exec >/dev/tty # `exec >file` hurts the run that said it
  [[ -t 2 ]] || exec 2>/dev/tty
  __oi_say began 0
}
__oi_end() {
  local code=$?
  unsetopt err_exit nounset xtrace verbose 2>/dev/null
  [[ -n $__oi_id ]] && __oi_report ended $code
}
__oi_exit() { # $1 status, if not the last command's
  local code=${1:-$?}
  [[ -n $__oi_id && $ZSH_SUBSHELL == 0 ]] || return
  { : >/dev/tty; } 2>/dev/null || return # hung up: the interface is gone, so go too
  unsetopt err_exit nounset xtrace verbose 2>/dev/null
  { typeset -p; typeset -f; alias -L; setopt | command sed 's/^/setopt /'; } >|$OI_DIR/state 2>/dev/null
  export OI_DIR OI_SHELL OI_START OI_CD=$PWD ZDOTDIR=$OI_DIR
  export __oi_report_exit="$__oi_id $__oi_nonce $code"
  eval $OI_START
}
zshexit_functions=(__oi_exit)
# `set -e` alone would leave without calling the hook.
TRAPZERR() {
  local code=$?
  [[ -o err_exit ]] && __oi_exit $code
  return 0
}
if [[ -n $__oi_report_exit ]]; then # this process served the run that ended its shell
  () { __oi_id=$1 __oi_nonce=$2; unset __oi_report_exit; __oi_report exit $3 } ${=__oi_report_exit}
else
  __oi_say ready $ZSH_VERSION
fi
