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
      isMandatory: !Self.isDirectReplyName(replyTo),
      properties: MessageProperties(
        contentType: "application/json",
        correlationID: correlationID,
        type: "aviso.ecpds.decision",
        appID: "aviso-ecpds"
      ),
      body: reply.encoded()
    )
  }

  /// Whether it goes to a caller by Direct Reply-to, without a queue.
  var isDirectReply: Bool { exchange.isEmpty && Self.isDirectReplyName(routingKey) }

  private static func isDirectReplyName(_ name: ShortString) -> Bool { name.bytes.starts(with: directReplyToPrefix) }

  /// Source: https://www.rabbitmq.com/docs/direct-reply-to
  private static let directReplyToPrefix = Array("amq.rabbitmq.reply-to".utf8)
}
