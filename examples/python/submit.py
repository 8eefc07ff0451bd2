#!/usr/bin/env python3
"""Submits one run to Carya as a queue message and waits for its result.

It needs an AMQP library and nothing of Carya's: copy it, and take from it what you need. On Debian and Ubuntu:

    apt-get install python3-pika                 # the AMQP library
    apt-get install python3-jsonschema           # only for --schema

For example, with the stack that `./carya up` starts:

    eval "$(./carya env)"                        # sets CARYA_AMQP_URL, among others
    ./examples/python/submit.py dalec -p f_auto=0.5

The result goes to standard output as JSON, everything else to standard error. Exit codes: 0 the run succeeded; 1 it
failed, was cancelled or was rejected, or there is no answer; 2 wrong use.
"""

import argparse
import json
import os
import sys
import time
import uuid
from urllib.parse import unquote, urlsplit

import pika
import pika.exceptions

# How long the reply queue outlives us without a consumer. A result that comes while the connection is lost waits there.
REPLY_QUEUE_EXPIRES_MS = 24 * 3600 * 1000

# A wrong password or virtual host: trying again would not help.
REFUSED = (pika.exceptions.ProbableAuthenticationError, pika.exceptions.ProbableAccessDeniedError)


def main():
    options = read_options()
    request = make_request(options)
    if options.schema:
        validate(request, options.schema)
    kind, answer = submit_and_wait(options.url, request, options.patience)
    if kind == "run.rejected":
        # A problem document (RFC 9457): every fault of the request at once, each with its place.
        say(f"rejected: {answer['title']}: {answer.get('detail', '')}")
        for error in answer.get("errors", []):
            say(f"  {error['path']}: {error['detail']} (found: {json.dumps(error.get('value'))})")
        return 1
    print(json.dumps(answer, indent=2))
    if kind == "run.succeeded":
        return 0
    failure = answer.get("failure", {})
    say(f"{answer['id']} {answer['state']}: {failure.get('kind', '')} {failure.get('detail', '')}".rstrip())
    return 1


def make_request(options):
    """A run request: only `kind` and `model` are required. docs/submit-from-a-queue.md lists all fields."""
    request = {"kind": "run", "model": options.model}
    if options.params:
        request["params"] = dict(options.params)
    if options.inputs:
        request["inputs"] = dict(options.inputs)
    if options.timeout:
        request["timeout"] = options.timeout
    if options.key:
        request["key"] = options.key
    return request


def validate(request, schema_file):
    """Checks the request before it is sent. The dispatcher checks it again, and the parameters' ranges too."""
    try:
        import jsonschema
    except ImportError:
        fail("--schema needs jsonschema: apt-get install python3-jsonschema")
    with open(schema_file, encoding="utf-8") as file:
        schema = json.load(file)
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(request))
    for error in errors:
        say(f"{'.'.join(map(str, error.absolute_path)) or 'request'}: {error.message}")
    if errors:
        fail("the request does not fit its schema, and was not sent")


def submit_and_wait(url, request, patience):
    """Publishes the request and returns the type and the body of the answer that ends it.

    After a lost connection everything is done again, the publication included: the same `message_id` from the same
    user is the same submission, so there is still one run, and its answers come to the same queue.
    """
    # The broker checks that `user_id` is the name we logged in with: by it Carya knows whose run it is. The name of a
    # reply queue must begin with `reply.<user>.`: no other user may read it.
    user = unquote(urlsplit(url).username or "guest")
    identity = uuid.uuid4().hex
    reply_queue = f"reply.{user}.{identity}"
    properties = pika.BasicProperties(
        content_type="application/json",
        delivery_mode=2,  # persistent: the request survives a restart of the broker
        user_id=user,
        message_id=identity,
        correlation_id=identity,  # comes back with every answer
        reply_to=reply_queue,
    )
    body = json.dumps(request).encode()
    deadline = time.monotonic() + patience
    pause = 0.2
    while True:
        try:
            return exchange(url, reply_queue, properties, body, deadline)
        except REFUSED as error:
            fail(f"the broker does not let us in: {error!r}")
        except pika.exceptions.AMQPConnectionError as error:
            if time.monotonic() + pause > deadline:
                fail(f"the broker is not reached: {error!r}")
            say(f"the connection is lost or cannot be made ({error!r}), trying again")
            time.sleep(pause)
            pause = min(2 * pause, 10)


def exchange(url, reply_queue, properties, body, deadline):
    """One connection: declare the reply queue, publish, read answers until the one that ends it."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        channel.queue_declare(reply_queue, durable=True, arguments={"x-expires": REPLY_QUEUE_EXPIRES_MS})
        channel.confirm_delivery()  # from here on basic_publish returns when the broker has the message in safety
        channel.basic_publish("carya.requests", "", body, properties, mandatory=True)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                fail(f"no result in time; whatever comes waits for a day in the queue {reply_queue}")
            for method, answer, content in channel.consume(reply_queue, inactivity_timeout=min(left, 60)):
                if method is None:
                    break
                channel.basic_ack(method.delivery_tag)
                if answer.correlation_id != properties.correlation_id:
                    continue
                document = json.loads(content)
                if answer.type != "run.accepted":  # run.rejected, run.succeeded, run.failed or run.cancelled
                    channel.cancel()
                    channel.queue_delete(reply_queue)
                    return answer.type, document
                # Committed: from here on the run has exactly one end, whatever breaks meanwhile.
                say(f"{document['id']} accepted" + (" (known already)" if document["duplicate"] else ""))
    except pika.exceptions.UnroutableError:
        fail("nobody takes requests at this broker: is the dispatcher up, and is it this virtual host?")
    except pika.exceptions.ChannelClosedByBroker as error:
        fail(f"the broker refuses: {error.reply_text}")
    finally:
        if connection.is_open:
            connection.close()


def read_options():
    parser = argparse.ArgumentParser(description="Submits one run to Carya and waits for its result.")
    parser.add_argument("model", help="name or name@version of a registered model")
    parser.add_argument("-p", "--param", dest="params", action="append", type=parameter, metavar="NAME=VALUE")
    parser.add_argument("-i", "--input", dest="inputs", action="append", type=name_and_value, metavar="NAME=URL")
    parser.add_argument("--timeout", metavar="DURATION", help="the longest the model may run, for example 10m")
    parser.add_argument("--key", help="your own name for this submission: sent again, it is the same run")
    parser.add_argument("--schema", metavar="FILE", help="check the request by this JSON Schema before it is sent")
    parser.add_argument("--patience", type=float, default=3600, metavar="SECONDS", help="how long to wait (3600)")
    parser.add_argument("--url", default=os.environ.get("CARYA_AMQP_URL"), help="the broker; else CARYA_AMQP_URL")
    options = parser.parse_args()
    if not options.url:
        parser.error('give --url, or set CARYA_AMQP_URL: eval "$(./carya env)"')
    return options


def parameter(text):
    """name=value; a value that reads as a JSON number, true or false is one, anything else is a string."""
    name, value = name_and_value(text)
    try:
        parsed = json.loads(value)
    except ValueError:
        return name, value
    return name, parsed if isinstance(parsed, (bool, int, float)) else value


def name_and_value(text):
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    say(text)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
