/// The version of the program, by the rules of semver.org.
public let version = "0.1.0"
