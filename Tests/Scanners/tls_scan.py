"""Scans a server's TLS with sslyze, prints what it finds as a table, and fails on a weakness:

    tls_scan.py HOST:PORT AUTHORITY.pem
"""
import pathlib
import sys

import sslyze

# What no suite of TLS 1.2 may have. AES in CBC mode, and RSA without an ephemeral key, are in
# OpenSSL's defaults: they are listed, and no scanner calls them more than a low risk.
WEAK = ("NULL", "EXPORT", "anon", "RC4", "_DES", "3DES", "MD5", "IDEA", "SEED", "CAMELLIA", "PSK")

rows = []


def row(name, found, is_good=True):
    rows.append((name, found, is_good))


def suites(name, result, may_be_used):
    accepted = [each.cipher_suite for each in result.accepted_cipher_suites]
    names = [each.name for each in accepted]
    weak = [each.name for each in accepted
            if each.key_size < 128 or any(part in each.name for part in WEAK)]
    static = sum(each.startswith("TLS_RSA_") for each in names)
    cbc = sum("_CBC_" in each for each in names)
    detail = f" ({static} without forward secrecy, {cbc} with CBC)" if static or cbc else ""
    row(name, f"{len(names)} suites{detail}" if names else "refused",
        not weak and bool(names) == may_be_used)
    if weak:
        row(f"{name}, weak suites", ", ".join(weak), False)


def report(found):
    for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3"):
        name = version.upper().replace("_", " ", 1).replace("_", ".")
        suites(name, getattr(found, f"{version}_cipher_suites").result,
               version in ("tls_1_2", "tls_1_3"))
    curves = found.elliptic_curves.result.supported_curves
    row("curves", ", ".join(each.name for each in curves),
        all(not each.name.startswith(("sect", "secp1", "secp2048")) for each in curves))
    flag(found.tls_compression.result.supports_compression, "compression")
    flag(found.tls_1_3_early_data.result.supports_early_data, "early data (0-RTT)")
    renegotiation = found.session_renegotiation.result
    flag(renegotiation.is_vulnerable_to_client_renegotiation_dos, "renegotiation by the client")
    flag(renegotiation.supports_secure_renegotiation, "secure renegotiation (RFC 5746)", True)
    flag(found.tls_fallback_scsv.result.supports_fallback_scsv, "TLS_FALLBACK_SCSV", True)
    flag(found.tls_extended_master_secret.result.supports_ems_extension,
         "extended master secret (RFC 7627)", True)
    flag(found.heartbleed.result.is_vulnerable_to_heartbleed, "Heartbleed")
    flag(found.openssl_ccs_injection.result.is_vulnerable_to_ccs_injection, "CCS injection")
    robot = found.robot.result.robot_result.name
    row("ROBOT", robot, robot.startswith("NOT_VULNERABLE"))
    tickets = found.session_resumption.result.tls_ticket_resumption_result.name
    row("resumption by tickets, TLS 1.2", tickets, tickets == "FULLY_SUPPORTED")
    deployment = found.certificate_info.result.certificate_deployments[0]
    is_trusted = any(each.was_validation_successful and each.trust_store.name == "Supplied CA file"
                     for each in deployment.path_validation_results)
    row("certificate", "trusted" if is_trusted else "not trusted", is_trusted)
    row("order of the chain", "valid" if deployment.received_chain_has_valid_order else "invalid",
        deployment.received_chain_has_valid_order is True)


def flag(is_so, name, is_good=False):
    row(name, "yes" if is_so else "no", is_so == is_good)


def main():
    place, authority = sys.argv[1:]
    host, _, port = place.rpartition(":")
    scanner = sslyze.Scanner()
    scanner.queue_scans([sslyze.ServerScanRequest(
        server_location=sslyze.ServerNetworkLocation(host, int(port), ip_address="127.0.0.1"),
        scan_commands_extra_arguments=sslyze.ScanCommandsExtraArguments(
            certificate_info=sslyze.CertificateInfoExtraArgument(
                custom_ca_file=pathlib.Path(authority))))])
    result = next(iter(scanner.get_results()))
    if result.scan_result is None:
        sys.exit(f"sslyze cannot connect to {place}: {result.connectivity_error_trace}")
    report(result.scan_result)
    width = max(len(name) for name, _, _ in rows)
    for name, found, is_good in rows:
        print(f"  {name:{width}}  {found}{'' if is_good else '   <- WEAK'}")
    if not all(is_good for _, _, is_good in rows):
        sys.exit("sslyze has found a weakness.")


main()
