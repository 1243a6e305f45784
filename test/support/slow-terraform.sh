#!/bin/sh
# A stand-in for a Terraform whose plan never ends: it ignores the first signal, has a child of its own, and notes the
# IDs of both in $SLOW_TERRAFORM_NOTES. Everything but `plan` goes to the real one.
case "$1" in
plan)
  trap '' INT TERM
  sleep 100000 &
  echo "$$" >>"$SLOW_TERRAFORM_NOTES"
  echo "$!" >>"$SLOW_TERRAFORM_NOTES"
  while :; do wait; done
  ;;
*) exec terraform "$@" ;;
esac
