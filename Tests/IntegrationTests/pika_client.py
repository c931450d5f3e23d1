"""Asks a running worker a few questions over RabbitMQ. Arguments: the broker's URL, and `direct` or `queue`."""

import json
import sys
import uuid

import pika

QUEUE = "aviso.ecpds.requests"
QUESTIONS = [("alice", "CIP"), ("alice", "BAR"), ("bob", "CIP"), (None, "CIP")]


def main(url, reply_mode):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    replies = {}

    def on_reply(channel, method, properties, body):
        assert properties.content_type == "application/json", properties
        assert properties.type == "aviso.ecpds.decision", properties
        assert properties.app_id == "aviso-ecpds", properties
        replies[properties.correlation_id] = json.loads(body)

    if reply_mode == "direct":
        reply_to = "amq.rabbitmq.reply-to"
    else:
        reply_to = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_consume(reply_to, on_reply, auto_ack=True)

    questions = {}
    for username, destination in QUESTIONS:
        correlation_id = str(uuid.uuid4())
        questions[correlation_id] = (username, destination)
        request = {"identifier": {"destination": destination, "class": "od"}, "event_type": "dissemination"}
        if username:
            request["username"] = username
        channel.basic_publish(
            exchange="",
            routing_key=QUEUE,
            body=json.dumps(request),
            properties=pika.BasicProperties(
                reply_to=reply_to, correlation_id=correlation_id, content_type="application/json", expiration="30000"
            ),
        )
    while len(replies) < len(questions):
        connection.process_data_events(time_limit=30)
    for correlation_id, (username, destination) in questions.items():
        reply = replies[correlation_id]
        print(username or "-", destination, reply["decision"], reply["reason"])
    connection.close()


main(*sys.argv[1:])
