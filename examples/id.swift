// One new ID: swiftc examples/id.swift && ./id [URL]
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

struct Answer: Decodable { let id: UInt64 }

let url = CommandLine.arguments.dropFirst().first ?? "http://localhost:8080"
let (data, response) = try await URLSession.shared.data(from: URL(string: url + "/id")!)
guard (response as? HTTPURLResponse)?.statusCode == 200 else {
  FileHandle.standardError.write(data)
  exit(1)
}
print(try JSONDecoder().decode(Answer.self, from: data).id)
