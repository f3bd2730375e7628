"""`rpc diagnostics`: the CIRA log, the flash log, classes of AMT, all that PTHI says, and a bundle of
everything without its secrets."""

import io
import json
import re
import tarfile

from agent import contains, main, pathlib, same, simulated, tempfile

ACM = ("--activated", "acm:P@ssw0rd", "--local-password", "L0cal.Secret")
MINE = {"AMT_PASSWORD": "P@ssw0rd", "RPC_LMSPORT": "19998"}


def ask(*arguments, options=ACM, **more):
    return simulated(*arguments, options=options, **{**MINE, **more})


def files_in(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir())


def the_logs_go_into_files_named_by_the_time():
    with tempfile.TemporaryDirectory() as folder:
        ask("diagnostics", "cira", folder=folder)
        ask("diag", "csme", folder=folder)
        names = files_in(folder)
        same([bool(re.fullmatch(r"\d{8}_\d{6}_(ciralog\.txt|csme_flash_log\.bin)", name))
              for name in names], [True, True])
        contains((pathlib.Path(folder) / names[0]).read_text(encoding="utf-8"), "Last tunnel")
        same((pathlib.Path(folder) / names[1]).stat().st_mode & 0o777, 0o600)


def a_file_may_be_named_and_json_tells_its_name():
    with tempfile.TemporaryDirectory() as folder:
        ended = ask("diag", "cira", "-o", "log.txt", "--json", folder=folder)
        same(json.loads(ended.out)["file"], "log.txt")
        same(files_in(folder), ["log.txt"])
        contains(ask("diag", "cira", "-o", "-").out, "CIRA log, version")
        ask("diag", "cira", "-o", "no/such/log.txt", folder=folder, status=10)


def firmware_without_a_log_is_told():
    ask("diag", "csme", options=(*ACM, "--mei-fault", "no-client@hotham"), status=138)
    ask("diag", "cira", options=(*ACM, "--mei-fault", "status:36@0x8E"), status=138)


def the_classes_are_listed():
    names = ask("diagnostics", "ws-man", "list").out.split()
    same(len(names), 52)
    same(json.loads(ask("diag", "wsman", "list", "--json").out), names)


def classes_are_read_as_json():
    ended = ask("diag", "wsman", "get", "--class", "AMT_GeneralSettings", "-c",
                "CIM_SoftwareIdentity,NO_Such", status=101)
    general, software, none = json.loads(ended.out)
    same(general["class"], "AMT_GeneralSettings")
    same(general["data"]["PingResponseEnabled"], True)
    same(len(software["data"]) > 3, True)
    same(none["status"], "fetch_failed")
    contains(none["message"], "no such class")


def and_as_xml_and_as_a_table():
    contains(ask("diag", "wsman", "get", "-c", "CIM_Card", "--format", "xml").out, "<!-- CIM_Card")
    contains(ask("diag", "wsman", "get", "-c", "CIM_Card", "-f", "table").out, "Property")
    ask("diag", "wsman", "get", "-c", "CIM_Card", "-f", "yaml", status=28)
    ask("diag", "wsman", "get", status=28)


def all_of_them_are_read_and_what_is_absent_is_told():
    with tempfile.TemporaryDirectory() as folder:
        ask("diag", "wsman", "get", "--all", "-o", "all.json", folder=folder)
        classes = json.loads((pathlib.Path(folder) / "all.json").read_text(encoding="utf-8"))
        same(len(classes), 52)
        same(len([one for one in classes if "data" in one]) > 45, True)


def without_a_password_the_hosts_account_is_taken():
    found = json.loads(simulated("diag", "wsman", "get", "-c", "AMT_GeneralSettings",
                                 RPC_LMSPORT="19998").out)
    contains(found[0]["data"]["DigestRealm"], "Digest:")
    contains(ask("diag", "wsman", "get", "-c", "CIM_Card", AMT_PASSWORD="").out, "CIM_Card")
    contains(ask("diag", "wsman", "get", "-c", "AMT_AuditLog", AMT_PASSWORD="", status=100).log,
             "password")


def pthi_tells_what_amtinfo_does_not():
    facts = json.loads(ask("diagnostics", "pthi", "--json").out)
    for part in ("versions", "provisioning", "security", "features", "power", "network",
                 "platformId"):
        same(part in facts, True)
    contains(facts["versions"]["VendorID"], "8086")
    contains(ask("diag", "pthi").out, "Security Parameters")


def bundle(*options, status=0, **more):
    with tempfile.TemporaryDirectory() as folder:
        ask("diagnostics", "bundle", "-o", "all.tar", options=options, folder=folder,
            status=status, **more)
        archive = (pathlib.Path(folder) / "all.tar").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return archive, {name: tar.extractfile(name).read() for name in tar.getnames()}


def a_bundle_holds_everything_but_secrets():
    archive, files = bundle(*ACM)
    for name in ("version.txt", "doctor.json", "doctor.txt", "amtinfo.json", "pthi.json",
                 "ciralog.txt", "csme_flash_log.bin", "events.json", "audit.json",
                 "wsman/AMT_GeneralSettings.xml"):
        same(name in files, True)
    same(json.loads(files["doctor.json"])["healthy"], True)
    for secret in (b"P@ssw0rd", b"L0cal.Secret"):
        same(secret in archive, False)


def a_bundle_of_a_machine_that_is_ill_says_what_is_missing():
    _, files = bundle("--mei-fault", "no-driver")
    same("amtinfo.json" in files, True)
    contains(files["problems.txt"].decode(), "the management engine")
    _, files = bundle(*ACM, AMT_PASSWORD="")
    contains(files["problems.txt"].decode(), "wsman/AMT_AuditLog.xml: ")


if __name__ == "__main__":
    main([
        the_logs_go_into_files_named_by_the_time,
        a_file_may_be_named_and_json_tells_its_name,
        firmware_without_a_log_is_told,
        the_classes_are_listed,
        classes_are_read_as_json,
        and_as_xml_and_as_a_table,
        all_of_them_are_read_and_what_is_absent_is_told,
        without_a_password_the_hosts_account_is_taken,
        pthi_tells_what_amtinfo_does_not,
        a_bundle_holds_everything_but_secrets,
        a_bundle_of_a_machine_that_is_ill_says_what_is_missing,
    ])
