#!/bin/sh
# A stand-in for a Terraform that is caught at a moment: every call is noted in $HALT_LOG when it begins and when it has
# ended, and the one that $HALT_AT names waits until $HALT_GO exists, or for two minutes. `replan`: before the plan of an
# apply. `apply`: before the real apply begins. `applied`: when it has ended, before anybody hears of it.
# A call that begins while an apply is alive notes that, too.
id=$$
note() {
  echo "$1 $id $2" >>"$HALT_LOG"
}
halt() {
  [ "$HALT_AT" = "$1" ] || return 0
  note halt "$1"
  for _ in $(seq 1200); do
    [ -e "$HALT_GO" ] && return 0
    sleep 0.1
  done
}
# Of a process that has ended, but that nobody has waited for yet, nothing runs any more.
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  case "$(ps -o state= -p "$1")" in Z* | '') return 1 ;; esac
}
for other in $(sed -n 's/^begin \([0-9]*\) apply$/\1/p' "$HALT_LOG"); do
  alive "$other" && note overlap "$1"
done
note begin "$1"
case "$1" in
plan) [ "$(grep -c ' plan$' "$HALT_LOG")" -eq 3 ] && halt replan ;;
apply) halt apply ;;
esac
terraform "$@"
code=$?
[ "$1" = apply ] && halt applied
note end "$1"
exit $code
