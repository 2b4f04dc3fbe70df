/// The Prometheus text exposition format, version 0.0.4.
///
/// Source: prometheus.io/docs/instrumenting/exposition_formats.
package struct MetricsText {
  static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

  package typealias Label = (name: String, value: String)

  private(set) var text = ""

  /// Appends a counter, which only grows. By convention, its name ends in `_total`.
  package mutating func counter(
    _ name: String, _ help: String, _ value: some CustomStringConvertible
  ) {
    begin(name, "counter", help)
    sample(name, [], value)
  }

  /// Appends a counter with one sample for each set of labels.
  package mutating func counters(
    _ name: String, _ help: String, _ samples: [(labels: [Label], Int)]
  ) {
    begin(name, "counter", help)
    for (labels, value) in samples { sample(name, labels, value) }
  }

  /// Appends a gauge, which can go up and down.
  package mutating func gauge(
    _ name: String, _ help: String, labels: [Label] = [], _ value: some CustomStringConvertible
  ) {
    begin(name, "gauge", help)
    sample(name, labels, value)
  }

  /// Appends a gauge with one sample for each set of labels.
  mutating func gauges(
    _ name: String, _ help: String, _ samples: [(labels: [Label], some CustomStringConvertible)]
  ) {
    begin(name, "gauge", help)
    for (labels, value) in samples { sample(name, labels, value) }
  }

  mutating func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) {
    begin(name, "histogram", help)
    var count = 0
    for index in histogram.counts.indices {
      count += histogram.counts[index]
      let bounds = DurationHistogram.boundsNanoseconds
      let bound = index < bounds.count ? "\(Double(bounds[index]) / 1e9)" : "+Inf"
      sample(name + "_bucket", [("le", bound)], count)
    }
    sample(name + "_sum", [], Double(histogram.sumNanoseconds) / 1e9)
    sample(name + "_count", [], count)
  }

  private mutating func begin(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func sample(
    _ name: String, _ labels: [Label], _ value: some CustomStringConvertible
  ) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }
}
