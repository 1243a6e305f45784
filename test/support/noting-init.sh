#!/bin/sh
# A stand-in for a Terraform whose init takes its time: notes when each init begins and ends in $INIT_LOG. While there is a
# file $INIT_HOLD, an init stands still in the midst of its work, with the folder $INIT_HALF made but not yet filled, as
# Terraform leaves it while it unpacks a provider. The real one does the work.
[ "$1" = init ] || exec terraform "$@"
stack=$(basename "$PWD")
echo "begin $stack" >>"$INIT_LOG"
if [ -e "$INIT_HOLD" ]; then
  mkdir -p "$INIT_HALF"
  while [ -e "$INIT_HOLD" ]; do sleep 0.1; done
  rmdir "$INIT_HALF"
fi
terraform "$@"
code=$?
echo "end $stack" >>"$INIT_LOG"
exit "$code"
