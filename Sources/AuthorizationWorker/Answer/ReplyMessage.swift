import Authorization
import RabbitMQClient

extension OutgoingMessage {
  /// A reply as the contract's section 3 has it.
  ///
  /// - Parameter correlationID: nil only where the request had none and is refused for it.
  init(reply: AuthorizationReply, to replyTo: ShortString, correlationID: ShortString?) {
    self.init(
      routingKey: replyTo,
      // The broker would return every mandatory message to a Direct Reply-to name.
      isMandatory: !replyTo.isDirectReplyTo,
      properties: MessageProperties(
        contentType: "application/json",
        correlationID: correlationID,
        type: "aviso.ecpds.decision",
        appID: "aviso-ecpds"
      ),
      body: reply.encoded()
    )
  }
}

extension ShortString {
  /// Whether it names a consumer of Direct Reply-to, and no queue.
  var isDirectReplyTo: Bool { bytes.starts(with: Self.directReplyToPrefix) }

  private static let directReplyToPrefix = Array("amq.rabbitmq.reply-to".utf8)
}
