import HTTP1
import HTTPClient
import Snowflake

/// Sends requests to an etcd cluster, one at a time. It tries member after member until one
/// answers, and authenticates if etcd requires it. It refuses answers of another cluster or of an
/// earlier revision.
final class EtcdClient {
  /// The timeout for a request to one member.
  static let timeoutMilliseconds: UInt64 = 1000

  let name: String
  private let configuration: EtcdConfiguration
  private let transport: any EtcdTransport
  /// The member that answered last.
  private var endpoint = 0
  private var token: String?
  private var waitingAction: (() -> Void)?
  /// The cluster's ID, and the latest revision that it has acknowledged.
  private var seen: (clusterID: UInt64, revision: Int64)?
  /// etcd's clock at its last answer, from the `Date` field, in seconds since 1970.
  private(set) var unixSeconds: Int64?

  init(_ configuration: EtcdConfiguration, transport: any EtcdTransport) {
    self.configuration = configuration
    self.transport = transport
    let addresses = configuration.endpoints.map { "\($0)" }
    name = "etcd at " + addresses.joined(separator: ",")
  }

  /// Why a request has no answer.
  enum Failure: Error, Equatable {
    /// Its outcome is unknown; a retry may help.
    case unknown(StoreError)
    /// It was refused, and would be refused again.
    case refused(StoreError)

    var error: StoreError {
      switch self {
      case .unknown(let error), .refused(let error): error
      }
    }
  }

  func range(
    from key: [UInt8], to end: [UInt8]?,
    _ completion: @escaping (Result<EtcdRangeAnswer, Failure>) -> Void
  ) {
    send(.range(from: key, to: end), EtcdRangeAnswer.init, \.header, completion)
  }

  func compareAndSwap(
    _ key: [UInt8], expected: EtcdRequest.Expectation, known: EtcdRequest.KnownKeys? = nil,
    value: [UInt8],
    _ completion: @escaping (Result<EtcdSwapAnswer, Failure>) -> Void
  ) {
    send(
      .compareAndSwap(key, expected: expected, known: known, value: value), EtcdSwapAnswer.init,
      \.header, completion)
  }

  /// Calls `action` once, after a delay. A second call replaces the first.
  func wait(milliseconds: Int64, _ action: @escaping () -> Void) {
    waitingAction = action
    transport.wait(milliseconds: milliseconds) { [self] in endWait() }
  }

  func close() { transport.close() }

  /// Calls the waiting action now.
  func endWait() {
    guard let action = waitingAction else { return }
    waitingAction = nil
    action()
  }
}

// MARK: - Sending

extension EtcdClient {
  /// A request, and the members that are left to try.
  private struct Attempt<Answer> {
    var request: EtcdRequest
    var parse: ([UInt8]) throws(EtcdAnswerError) -> Answer
    var header: (Answer) -> EtcdHeader
    var completion: (Result<Answer, Failure>) -> Void
    /// The number of members that have not been tried yet.
    var remaining: Int
    var mayAuthenticate = true
  }

  private func send<Answer>(
    _ request: EtcdRequest, _ parse: @escaping ([UInt8]) throws(EtcdAnswerError) -> Answer,
    _ header: @escaping (Answer) -> EtcdHeader,
    _ completion: @escaping (Result<Answer, Failure>) -> Void
  ) {
    let attempt = Attempt(
      request: request, parse: parse, header: header, completion: completion,
      remaining: configuration.endpoints.count)
    guard configuration.user == nil || token != nil else { return authenticate(attempt) }
    send(attempt)
  }

  private func send<Answer>(_ attempt: Attempt<Answer>) {
    post(attempt.request, token: token) { [self] result in
      switch result {
      case .failure(let error):
        // If a token has expired, some versions of etcd close the connection instead of answering.
        if configuration.user != nil { token = nil }
        tryNext(attempt, failed("\(error.reason)"))
      case .success(let response): receive(response, attempt)
      }
    }
  }

  private func post(
    _ request: EtcdRequest, token: String?,
    _ completion: @escaping (Result<HTTPResponse, HTTPClientError>) -> Void
  ) {
    do throws(HTTPRequest.InvalidValue) {
      let request = try HTTPRequest(
        method: .post, target: request.path, authorization: token,
        contentType: "application/json", body: request.body)
      transport.send(
        request, to: endpoint, timeoutMilliseconds: Self.timeoutMilliseconds, completion)
    } catch {
      // Not reached: the paths are constants, and a token is validated when it is received.
      completion(.failure(.notSent(.busy)))
    }
  }

  private func receive<Answer>(_ answer: HTTPResponse, _ attempt: Attempt<Answer>) {
    guard answer.status == 200 else {
      return receive(EtcdError(status: answer.status, body: answer.body), attempt)
    }
    do throws(EtcdAnswerError) {
      let parsed = try attempt.parse(answer.body)
      if let reason = distrust(attempt.header(parsed)) {
        return tryNext(attempt, .restored(name: address, reason: reason))
      }
      unixSeconds = answer.date.flatMap { UTCTime.unixSeconds(httpDate: $0) }
      attempt.completion(.success(parsed))
    } catch {
      tryNext(attempt, failed("\(error)"))
    }
  }

  private func receive<Answer>(_ error: EtcdError, _ attempt: Attempt<Answer>) {
    switch error.meaning {
    case .authenticationWanted where attempt.mayAuthenticate:
      token = nil
      authenticate(attempt)
    case .authenticationWanted, .credentialsRefused, .permissionDenied:
      attempt.completion(.failure(.refused(failed(error))))
    case .other: tryNext(attempt, failed(error))
    }
  }

  /// Tries the next member, until each has been tried once.
  private func tryNext<Answer>(_ attempt: Attempt<Answer>, _ error: StoreError) {
    var attempt = attempt
    attempt.remaining -= 1
    endpoint = (endpoint + 1) % configuration.endpoints.count
    guard attempt.remaining > 0 else { return attempt.completion(.failure(.unknown(error))) }
    attempt.mayAuthenticate = true
    guard configuration.user == nil || token != nil else { return authenticate(attempt) }
    send(attempt)
  }

  /// Why the answer is refused; `nil` if it is accepted.
  ///
  /// A cluster never loses an acknowledged write, unless it was restored from a backup or replaced.
  private func distrust(_ header: EtcdHeader) -> String? {
    guard let (clusterID, revision) = seen else {
      seen = (header.clusterID, header.revision)
      return nil
    }
    guard header.clusterID == clusterID else {
      return "it is another cluster (\(header.clusterID)) than before (\(clusterID))"
    }
    guard header.revision >= revision else {
      return "it has gone back from revision \(revision) to \(header.revision)"
    }
    seen = (clusterID, header.revision)
    return nil
  }

  private var address: String { "\(configuration.endpoints[endpoint])" }

  private func failed(_ reason: String) -> StoreError { .system(name: address, reason: reason) }

  private func failed(_ error: EtcdError) -> StoreError {
    failed(error.message.isEmpty ? "HTTP status \(error.status)" : error.message)
  }
}

// MARK: - Authentication

extension EtcdClient {
  /// Requests a token, and then sends the attempt's request.
  private func authenticate<Answer>(_ attempt: Attempt<Answer>) {
    guard let user = configuration.user else {
      let error = failed("it requires a user: set ETCD_USERNAME and ETCD_PASSWORD_FILE")
      return attempt.completion(.failure(.refused(error)))
    }
    var attempt = attempt
    attempt.mayAuthenticate = false
    transport.readFile(user.passwordFile) { [self] result in
      func refuse(_ reason: String) {
        let name = "ETCD_PASSWORD_FILE=\(user.passwordFile)"
        attempt.completion(.failure(.refused(.system(name: name, reason: reason))))
      }
      switch result {
      case .failure(let error): refuse(error.reason)
      case .success(let bytes):
        guard bytes.count < EtcdConfiguration.User.passwordFileBytes else {
          return refuse("it is longer than \(EtcdConfiguration.User.passwordFileBytes - 1) bytes")
        }
        // The password is the first line, without its line end.
        var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        guard !line.isEmpty else { return refuse("its first line, the password, is empty") }
        requestToken(user.name, String(decoding: line, as: UTF8.self), attempt)
      }
    }
  }

  private func requestToken<Answer>(
    _ user: String, _ password: String, _ attempt: Attempt<Answer>
  ) {
    let request = EtcdRequest.authenticate(name: user, password: password)
    post(request, token: nil) { [self] result in
      switch result {
      case .failure(let error): tryNext(attempt, failed("\(error.reason)"))
      case .success(let answer) where answer.status != 200:
        receive(EtcdError(status: answer.status, body: answer.body), attempt)
      case .success(let answer):
        do throws(EtcdAnswerError) {
          token = try EtcdTokenAnswer(answer.body).token
          send(attempt)
        } catch {
          tryNext(attempt, failed("\(error)"))
        }
      }
    }
  }
}
