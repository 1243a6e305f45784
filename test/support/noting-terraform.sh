#!/bin/sh
# A stand-in for a slow Terraform: notes every plan in $PLAN_LOG, takes $PLAN_DELAY seconds, then lets the real
# one do the work. Given to Plumbline as toolchain.terraform.path; scan.env carries the two variables.
for arg in "$@"; do
  if [ "$arg" = plan ]; then
    [ -n "$PLAN_LOG" ] && pwd >>"$PLAN_LOG" && echo "$*" >>"$PLAN_LOG"
    [ -n "$PLAN_DELAY" ] && sleep "$PLAN_DELAY"
    break
  fi
done
exec terraform "$@"
