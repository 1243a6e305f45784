#!/bin/sh
# A stand-in for a slow Terraform: notes every plan in $PLAN_LOG, takes $PLAN_DELAY seconds, waits while there is a file
# $PLAN_HOLD, then lets the real one do the work. Given to Plumbline as toolchain.terraform.path; scan.env carries the
# variables.
for arg in "$@"; do
  if [ "$arg" = plan ]; then
    [ -n "$PLAN_LOG" ] && pwd >>"$PLAN_LOG" && echo "$*" >>"$PLAN_LOG"
    [ -n "$PLAN_DELAY" ] && sleep "$PLAN_DELAY"
    while [ -n "$PLAN_HOLD" ] && [ -e "$PLAN_HOLD" ]; do sleep 0.1; done
    break
  fi
done
exec terraform "$@"
