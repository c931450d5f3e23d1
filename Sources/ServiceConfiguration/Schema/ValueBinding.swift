/// A value as its source spells it.
enum RawValue: Sendable, Equatable {
  case text(String)
  case list([String])
}

/// What a key's value must be in YAML.
enum ValueShape: Sendable {
  case text, wholeNumber, boolean, list, realms

  /// Whether the value is a list of strings in every source.
  var isList: Bool { self == .list || self == .realms }
}

/// Ties a key to a property: how its value is checked and stored, and how it is printed.
struct ValueBinding: Sendable {
  typealias Property<Value> = any WritableKeyPath<ServiceConfiguration, Value> & Sendable

  let shape: ValueShape
  /// Stores the value, and returns the rules that it breaks; where there are any, the configuration is never used.
  let assign: @Sendable (RawValue, inout ServiceConfiguration) -> [InvalidValue]
  /// The property's value as YAML, secrets redacted; `null` where there is none.
  let render: @Sendable (ServiceConfiguration) -> String
}

extension ValueBinding {
  static func text(_ property: Property<String>, _ rules: [TextRule]) -> ValueBinding {
    scalar(.text, rules) { text, configuration in
      configuration[keyPath: property] = text
    } render: {
      quote($0[keyPath: property])
    }
  }

  static func secret(_ property: Property<Secret>, _ rules: [TextRule]) -> ValueBinding {
    scalar(.text, rules) { text, configuration in
      configuration[keyPath: property] = Secret(text)
    } render: {
      quote($0[keyPath: property].description)
    }
  }

  static func path(_ property: Property<String?>, _ rules: [TextRule]) -> ValueBinding {
    scalar(.text, rules) { text, configuration in
      configuration[keyPath: property] = text
    } render: {
      $0[keyPath: property].map(quote) ?? "null"
    }
  }

  static func brokerURL(_ property: Property<AMQPURL>) -> ValueBinding {
    scalar(.text, [.notEmpty]) { text, configuration throws(InvalidValue) in
      configuration[keyPath: property] = try AMQPURL(parsing: text)
    } render: { configuration in
      let url = configuration[keyPath: property]
      return quote(configuration.amqp.saslMechanism == .external ? url.descriptionWithoutLogin : url.description)
    }
  }

  static func wholeNumber(_ property: Property<Int>, _ range: ClosedRange<Int>) -> ValueBinding {
    scalar(.wholeNumber, []) { text, configuration throws(InvalidValue) in
      configuration[keyPath: property] = try parseNumber(text, in: range)
    } render: {
      String($0[keyPath: property])
    }
  }

  /// A number whose default follows from other keys: `effective` is what holds where there is none.
  static func optionalNumber(
    _ property: Property<Int?>,
    _ effective: any KeyPath<ServiceConfiguration, Int> & Sendable,
    _ range: ClosedRange<Int>
  ) -> ValueBinding {
    scalar(.wholeNumber, []) { text, configuration throws(InvalidValue) in
      configuration[keyPath: property] = try parseNumber(text, in: range)
    } render: {
      String($0[keyPath: effective])
    }
  }

  static func seconds(_ property: Property<Duration>, _ range: ClosedRange<Int>) -> ValueBinding {
    scalar(.wholeNumber, []) { text, configuration throws(InvalidValue) in
      configuration[keyPath: property] = .seconds(try parseNumber(text, in: range))
    } render: {
      String($0[keyPath: property].components.seconds)
    }
  }

  static func boolean(_ property: Property<Bool>) -> ValueBinding {
    scalar(.boolean, []) { text, configuration throws(InvalidValue) in
      guard let value = Bool(text) else { throw InvalidValue(reason: "must be true or false") }
      configuration[keyPath: property] = value
    } render: {
      String($0[keyPath: property])
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(_ property: Property<Choice>) -> ValueBinding {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return scalar(.text, []) { text, configuration throws(InvalidValue) in
      guard let value = Choice(rawValue: text) else {
        throw InvalidValue(reason: "must be one of \(names)")
      }
      configuration[keyPath: property] = value
    } render: {
      $0[keyPath: property].rawValue
    }
  }

  /// The list is stored even where an element is refused, so that the rules between keys see the others.
  static func servers(_ property: Property<[String]>) -> ValueBinding {
    ValueBinding(shape: .list) { raw, configuration in
      guard case .list(let servers) = raw, servers.contains(where: { !$0.isEmpty }) else {
        return [InvalidValue(reason: "must not be empty")]
      }
      var identities: Set<String> = []
      let faults = servers.enumerated().compactMap { index, server -> InvalidValue? in
        if let reason = TextRule.firstReason(in: server, [.notEmpty, .trimmed]) {
          return InvalidValue(reason: reason, element: "[\(index)]")
        }
        do throws(InvalidValue) {
          let isNew = identities.insert(try ServerURL(parsing: server).identity).inserted
          return isNew ? nil : InvalidValue(reason: "names a server that is already listed", element: "[\(index)]")
        } catch {
          return InvalidValue(reason: error.reason, element: "[\(index)]")
        }
      }
      configuration[keyPath: property] = servers
      return faults
    } render: {
      "[" + $0[keyPath: property].map(quote).joined(separator: ", ") + "]"
    }
  }

  static func realms(_ property: Property<[String: Set<String>]>) -> ValueBinding {
    ValueBinding(shape: .realms) { raw, configuration in
      guard case .list(let elements) = raw, elements != [""] else { return [] }
      let (roles, faults) = AdminRoles.parse(elements)
      if faults.isEmpty { configuration[keyPath: property] = roles }
      return faults
    } render: { configuration in
      let realms = configuration[keyPath: property].sorted { $0.key < $1.key }
      let entries = realms.map { quote($0.key) + ": [" + $0.value.sorted().map(quote).joined(separator: ", ") + "]" }
      return "{" + entries.joined(separator: ", ") + "}"
    }
  }

  private static func scalar(
    _ shape: ValueShape,
    _ rules: [TextRule],
    store: @escaping @Sendable (String, inout ServiceConfiguration) throws(InvalidValue) -> Void,
    render: @escaping @Sendable (ServiceConfiguration) -> String
  ) -> ValueBinding {
    ValueBinding(shape: shape) { raw, configuration in
      guard case .text(let text) = raw else { return [InvalidValue(reason: "must not be a list")] }
      if let reason = TextRule.firstReason(in: text, rules) { return [InvalidValue(reason: reason)] }
      do throws(InvalidValue) {
        try store(text, &configuration)
        return []
      } catch {
        return [error]
      }
    } render: {
      render($0)
    }
  }

  /// Decimal digits alone: YAML also reads `0x10`, `010` and `1_000` as numbers, each by rules that few remember.
  private static func parseNumber(_ text: String, in range: ClosedRange<Int>) throws(InvalidValue) -> Int {
    guard let number = Int(text), String(number) == text, range.contains(number) else {
      throw InvalidValue(reason: "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A double-quoted YAML scalar. Control characters do not occur: the rules refuse them.
  private static func quote(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
