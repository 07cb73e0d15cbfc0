# Session driver for POSIX shells (dash and the like): $ENV of an interactive sh whose descriptor 0
# is a FIFO. The protocol is that of bash_driver.bash. Functions cannot be listed in a POSIX shell,
# so they alone are lost when code says `exit`.
PS1= PS2=
unset ENV HISTFILE
cd "$OI_CD" 2>/dev/null || cd
if [ -r "$OI_DIR/state" ]; then
  . "$OI_DIR/state" >/dev/null 2>&1
  PS1= PS2=
fi
rm -f "$OI_DIR/state"
__oi_id= __oi_nonce= __oi_cell=$OI_DIR/cell

__oi_say() { # $1 word, $2 status
  printf '%s %s %s %s %s\n' "$1" "${__oi_id:--}" "${__oi_nonce:--}" "$2" "$PWD" >"$__oi_dir/events"
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
  __oi_status=$?
  set +euxv
  [ -z "$__oi_id" ] || __oi_report ended "$__oi_status"
}
__oi_exit() {
  __oi_status=$?
  [ -n "$__oi_id" ] || return
  { : >/dev/tty; } 2>/dev/null || return # hung up: the interface is gone, so go too
  set +euxv
  unset IFS # it would be listed over two lines
  # Read-only variables cannot be set again; the restoring shell would stop at the first one.
  { set | sed '/^\(PPID\|PWD\|OLDPWD\|OPTIND\|LINENO\|_\)=/d'; export -p; alias | sed 's/^/alias /'; } \
    >"$__oi_dir/state" 2>/dev/null
  export OI_DIR="$__oi_dir" OI_SHELL="$__oi_shell" OI_START="$__oi_start" OI_CD="$PWD"
  export ENV="$__oi_driver" OI_DRIVER="$__oi_driver" __oi_report_exit="$__oi_id $__oi_nonce $__oi_status"
  trap - EXIT
  eval "$OI_START"
}
# A POSIX shell cannot take a variable back out of the environment but by unsetting it.
__oi_dir=$OI_DIR __oi_shell=$OI_SHELL __oi_start=$OI_START __oi_driver=$OI_DRIVER
unset OI_DIR OI_SHELL OI_START OI_CD OI_DRIVER
if [ -n "$__oi_report_exit" ]; then # this process served the run that ended its shell
  set -- $__oi_report_exit
  __oi_id=$1 __oi_nonce=$2
  unset __oi_report_exit
  __oi_report exit "$3"
  set --
else
  __oi_say ready -
fi
