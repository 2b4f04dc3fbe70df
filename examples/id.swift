// New IDs, one per line: swiftc examples/id.swift && ./id [URL [COUNT]]
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

struct Answer: Decodable { let ids: [UInt64] }

func fail(_ problem: String) -> Never {
  FileHandle.standardError.write(Data("\(problem)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments.dropFirst()
let address = arguments.first ?? "http://localhost:8080"
guard let url = URL(string: "\(address)/ids?count=\(arguments.dropFirst().first ?? "1")") else {
  fail("\(address) is not a URL")
}
let request = URLRequest(url: url, timeoutInterval: 5)

for attempt in 1... {
  var (wait, retries, problem) = (1, true, "")
  do {
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = response as? HTTPURLResponse
    if http?.statusCode == 200 {
      for id in try JSONDecoder().decode(Answer.self, from: data).ids { print(id) }
      break
    }
    wait = http?.value(forHTTPHeaderField: "Retry-After").flatMap { Int($0) } ?? 1
    (retries, problem) = (http?.statusCode == 503, String(decoding: data, as: UTF8.self))
  } catch {  // It refuses the connection, or does not respond in time.
    problem = "\(address): \(error.localizedDescription)"
  }
  if !retries || attempt == 5 || wait > 10 { fail(problem) }
  try await Task.sleep(for: .seconds(wait))
}
