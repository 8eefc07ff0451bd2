#!/bin/sh
# Submits a run with amqp-tools (Debian, Ubuntu: apt-get install amqp-tools) and prints its answers, a line of JSON each.
#
#   eval "$(./carya env)"                                            # sets CARYA_AMQP_URL
#   examples/shell/submit.sh '{"kind":"run","model":"dalec"}'
#
# Without an answer a submission is one line:
#
#   amqp-publish --url="$CARYA_AMQP_URL" -e carya.requests -p -C application/json -b '{"kind":"run","model":"dalec"}'
#
# amqp-publish cannot say who sends (user_id), so these runs belong to `anonymous`, and answers can go only to a queue
# that the broker named. Nor can it set a message_id: a `key` in the request keeps two tries from being two runs.
# A URL on the command line shows in `ps`: on a shared machine use --authfile, --server, --port and --vhost instead.
#
# Exit codes: 0 succeeded; 1 failed, cancelled, rejected, or no answer within CARYA_PATIENCE seconds (3600).
set -eu
request=$1
url=${CARYA_AMQP_URL:?set it: eval "\$(./carya env)"}

folder=$(mktemp -d)
consumer=
trap '[ -z "$consumer" ] || kill "$consumer" 2>/dev/null || :; rm -rf "$folder"' EXIT
mkfifo "$folder/answers" "$folder/notes"

# An exclusive queue that the broker names: the name is in amqp-consume's first word on standard error.
timeout "${CARYA_PATIENCE:-3600}" amqp-consume --url="$url" --exclusive --no-ack -- sh -c 'cat && echo' \
  >"$folder/answers" 2>"$folder/notes" &
consumer=$!
exec 3<"$folder/answers" 4<"$folder/notes"
read -r note <&4 || note=
queue=${note##* }
case $queue in
  amq.gen*) ;;
  *) echo "no queue for the answers: ${note:-the broker is not reached}" >&2; exit 1 ;;
esac

amqp-publish --url="$url" -e carya.requests -p -C application/json -t "$queue" -b "$request"

while read -r answer <&3; do
  printf '%s\n' "$answer"
  case $answer in
    *'"duplicate":false}' | *'"duplicate":true}') ;; # run.accepted: the end follows
    '{"v":1,'*) # the run, ended; its own state is the first one in it
      state=${answer#*'"state":"'}
      [ "${state%%'"'*}" = succeeded ] && exit 0 || exit 1
      ;;
    *) exit 1 ;; # run.rejected: a problem document with every fault
  esac
done
echo 'no result in time' >&2
exit 1
