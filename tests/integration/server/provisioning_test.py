"""Good runs of every command of agents: what they are told, what the machines have become, what is
stored of them, and that the machines can be managed afterwards (spec rps 2.6, 3)."""

import json
import signal

import assistant
import provisioning_pfx
import rig
from activation import ADMIN, HOME, MEBX, PASSWORD, Site, good, ha1, parts, plain, realm_of
from rig import contains, same, until

WIRED = good("Wired Network Configured")
OFFICE = [{"priority": 1, "profileName": "office"}]


class Floor:
    """The site, and which machine comes next."""
    site = None
    chip = None
    number = 0

    @classmethod
    def next(cls):
        cls.number += 1
        return {"number": cls.number, "state": f"machine-{cls.number}"}


def run(profile, *flags, place=None, method="success", site=None):
    """One machine's run; what it is told, and its place for another one."""
    place = place or Floor.next()
    agents = (site or Floor.site).agents("--once", *flags, profile=profile, **place)
    said, message = agents.final()
    same((said, message), (method, message))
    return message, place, agents.ends()[0]


def entry_of(end):
    return plain(Floor.site.secrets.device(end["guid"]))


def opens(place, password):
    """The machine lets its administrator in with that password."""
    state = Floor.site.state(place["state"])
    same((state["user"], state["hash"]), ("admin", ha1(realm_of(state), password)))


def row_of(end):
    status, row = Floor.site.ask("GET", f"/api/v1/devices/{end['guid']}")
    same(status, 200)
    return row


def ended_as(end, outcome, message, site=None):
    """The newest of the device's history."""
    record = (site or Floor.site).history(end["guid"])["history"][0]
    same((record["outcome"], json.loads(record["message"])), (outcome, message))
    return record


def message_of(status, network="Wired Network Configured", cira=None, tls=None, **changed):
    given = {"Status": status, "Network": network, "CIRAConnection": cira,
             "TLSConfiguration": tls, "Components": parts(**{"WiredNetwork": WIRED, **changed})}
    return {key: value for key, value in given.items() if value is not None}


CCM = message_of("Client control mode.", Activation=good("Client control mode", "CCM"))
ACM = message_of("Activated to admin control mode.",
                 Activation=good("Activated to admin control mode", "ACM"))
ACM_WHOLE = message_of("Activated to admin control mode.",
                       "Wired Network Configured. Wireless Configured", "Configured",
                       Activation=good("Activated to admin control mode", "ACM"),
                       WirelessNetwork=good("Wireless Configured"),
                       CIRAConnection=good("Configured"))


def again(mode, cira=None, tls=None, **changed):
    """Of a machine that was set up before."""
    long = "admin" if mode == "ACM" else "client"
    return message_of(f"already enabled in {long} mode.", cira=cira, tls=tls, **{
        "Activation": good(f"Device already activated in {long} control mode", mode), **changed})


def listed(end, mode):
    """In the lists of that control mode from the start, though nobody has asked the device yet."""
    def is_listed():
        rows = Floor.site.ask("GET", f"/api/v1/devices?controlMode={mode}&$top=100")[1]
        return end["guid"] in [row["guid"] for row in rows]

    until(is_listed)
    known = Floor.site.ask("GET", f"/api/v1/devices/{end['guid']}/inventory")[1]
    same((known["setup"]["controlMode"], known["firmware"]["version"]),
         (mode, row_of(end)["deviceInfo"]["fwVersion"]))


def a_machine_comes_into_client_control_mode():
    message, place, end = run("ccm")
    same(message, CCM)
    same((end["mode"], entry_of(end)), (1, {"AMT_PASSWORD": PASSWORD}))
    opens(place, PASSWORD)
    row = row_of(end)
    same((row["tags"], row["connectionStatus"], row["mpsusername"]), (["north", "lab"], False, None))
    info = row["deviceInfo"]
    same((info["currentMode"], info["status"]["Activation"]),
         ("1", good("Client control mode", "CCM")))
    listed(end, "ccm")
    record = ended_as(end, "success", message)
    same((record["command"], record["profile"]), ("activate", "ccm"))
    same([step["step"] for step in record["steps"]],
         ["Starting provisioning", "Activation completed", "Clearing previous configuration",
          "Configuring network settings", "Wired network configuration completed",
          "Configuring AMT features", "AMT features completed: KVM, SOL, IDER (User Consent: All)"])


def a_machine_comes_into_admin_control_mode_and_calls_home():
    place = Floor.next()
    agents = Floor.site.agents(*HOME, profile="whole", wait=False, **place)
    try:
        end = agents.hears("final")
        same((end["method"], json.loads(end["message"]), end["mode"]), ("success", ACM_WHOLE, 2))
        agents.hears("connected")
        entry = entry_of(end)
        same((entry["AMT_PASSWORD"], entry["MEBX_PASSWORD"], sorted(entry)),
             (PASSWORD, MEBX, ["AMT_PASSWORD", "MEBX_PASSWORD", "MPS_PASSWORD"]))
        opens(place, PASSWORD)
        listed(end, "acm")
        guid = end["guid"]
        until(lambda: Floor.site.ask("GET", f"/api/v1/devices/{guid}")[1]["connectionStatus"])
        same(row_of(end)["mpsusername"], "admin")
        same(Floor.site.ask("GET", f"/api/v1/amt/power/state/{guid}")[1]["powerstate"], 2)
        status, answer = Floor.site.ask("POST", f"/api/v1/amt/power/action/{guid}", {"action": 8})
        same((status, answer["Body"]["ReturnValue"]), (200, 0))
        agents.hears("power", power=8)
    finally:
        agents.stop()


def a_machine_that_will_not_call_in_is_told_of():
    why = ("Devices will not call in: they are told to expect a certificate for 127.0.0.9, "
           "and this server's is for another name (see --common-name)")
    row = Floor.site.make_cira("astray", "127.0.0.9")
    same(row["warning"], why)
    change = {**row, "username": "other"}
    same(Floor.site.ask("PATCH", f"{ADMIN}/ciraconfigs", change)[1]["warning"], why)
    same("warning" in Floor.site.ask("GET", f"{ADMIN}/ciraconfigs/astray")[1], False)
    Floor.site.make_profile("astray", ciraConfigName="astray")
    agents = Floor.site.agents(*HOME, profile="astray", wait=False, **Floor.next())
    try:
        end = agents.hears("final")
    finally:
        agents.stop()
    message = json.loads(end["message"])
    same((end["method"], message["CIRAConnection"], message["Components"]["CIRAConnection"]),
         ("success", f"Configured. {why}", good(f"Configured. {why}")))
    record = ended_as(end, "success", message)
    same(record["steps"][-1]["step"], f"CIRA configuration completed. {why}")


def passwords_are_made_for_each_machine():
    message, place, end = run("random", *HOME)
    same(message, ACM)
    entry = entry_of(end)
    same(sorted(entry), ["AMT_PASSWORD", "MEBX_PASSWORD"])
    opens(place, entry["AMT_PASSWORD"])
    same(entry["AMT_PASSWORD"] in (PASSWORD, entry["MEBX_PASSWORD"]), False)
    other = entry_of(run("random", *HOME)[2])
    same(set(other.values()) & set(entry.values()), set())
    # Whoever says it may run the profile again, and the machine keeps it.
    message, _, _ = run("random", *HOME, "--password", entry["AMT_PASSWORD"], place=place)
    same(message, again("ACM"))
    same(entry_of(end), entry)


def a_run_that_was_cut_off_is_made_again():
    """Also when nobody knows the password that it had set."""
    for number in range(4, 80, 9):
        place = Floor.next()
        Floor.site.agents("--once", *HOME, "--close-after", str(number), profile="called", **place)
        _, _, end = run("called", *HOME, place=place)
        opens(place, entry_of(end)["AMT_PASSWORD"])


def a_machine_in_client_mode_is_upgraded():
    _, place, _ = run("ccm")
    message, _, end = run("acm", *HOME, "--password", PASSWORD, place=place)
    same(message, message_of("Upgraded to admin control mode.",
                             Activation=good("Upgraded to admin control mode", "ACM")))
    same((end["mode"], entry_of(end)), (2, {"AMT_PASSWORD": PASSWORD, "MEBX_PASSWORD": MEBX}))
    opens(place, PASSWORD)


def a_machine_is_configured_anew_and_gets_the_password_of_another_profile():
    _, place, _ = run("whole", *HOME)
    message, _, end = run("other", *HOME, "--password", PASSWORD, place=place)
    same(message, again("ACM", cira="unconfigured"))
    same((end["mode"], entry_of(end)["AMT_PASSWORD"]), (2, "Other-s3cret!"))
    opens(place, "Other-s3cret!")


def firmware_that_serves_tls_only_comes_into_both_modes():
    message, place, end = run("whole", *HOME, *Floor.chip)
    same((message, end["mode"]), (ACM_WHOLE, 2))
    same(sorted(entry_of(end)),
         ["AMT_PASSWORD", "MEBX_PASSWORD", "MPS_PASSWORD", "TLS_ISSUED_CERTIFICATE"])
    opens(place, PASSWORD)
    message, _, _ = run("acm", *HOME, *Floor.chip, "--password", PASSWORD, place=place)
    same(message, again("ACM", cira="unconfigured"))
    message, place, end = run("ccm", *Floor.chip)
    same((message, end["mode"]), (CCM, 1))
    opens(place, PASSWORD)
    message, place, end = run("mutual", *HOME, *Floor.chip)
    same((message, end["mode"]),
         ({**ACM, "TLSConfiguration": "Configured",
           "Components": {**ACM["Components"], "TLS": good("Configured")}}, 2))


def firmware_whose_chip_nobody_vouches_for_is_refused():
    message, place, end = run("acm", *HOME, "--personality", "19", method="error")
    contains(message["Status"], "certificate is refused")
    contains(message["Status"], "--on-die-roots")
    same((end["mode"], entry_of(end)), (0, {}))
    same(message["Components"]["Activation"]["Result"], "Failure")


def a_tunnel_that_the_agent_asks_for_leads_through_tls():
    message, place, end = run("acm", *HOME, "--tls-tunnel")
    same((message, end["mode"]), (ACM, 2))
    same(sorted(entry_of(end)), ["AMT_PASSWORD", "MEBX_PASSWORD", "TLS_ISSUED_CERTIFICATE"])
    opens(place, PASSWORD)
    message, place, end = run("ccm", "--tls-tunnel")
    same((message, end["mode"]), (CCM, 1))


def tls_is_set_up_in_each_mode():
    doors = {1: (False, False), 2: (True, False), 3: (False, True), 4: (True, True)}
    for mode, (plain, mutual) in doors.items():
        Floor.site.make_profile(f"tls{mode}", tlsMode=mode)
        message, place, end = run(f"tls{mode}")
        same(message, {**CCM, "TLSConfiguration": "Configured",
                       "Components": {**CCM["Components"], "TLS": good("Configured")}})
        contains(entry_of(end)["TLS_ISSUED_CERTIFICATE"], "BEGIN CERTIFICATE")
        state = Floor.site.state(place["state"])
        same(state["doors"][:3], [True, plain, mutual])
        # The local door leads to it, too.
        message, _, _ = run(f"tls{mode}", "--password", PASSWORD, place=place)
        same(message, again("CCM", tls="Configured", TLS=good("Configured")))


def a_wired_machine_gets_addresses_that_stay():
    message, _, _ = run("static")
    same(message, CCM)


def a_wired_machine_takes_the_addresses_of_its_host():
    message, place, _ = run("fixed", "--personality", "16.1")
    same(message, CCM)
    text = json.dumps(Floor.site.state(place["state"]))
    for member in ('["DHCPEnabled", "false"]', '["IpSyncEnabled", "false"]',
                   '["IPAddress", "192.0.2.2"]', '["SubnetMask", "255.255.255.0"]',
                   '["DefaultGateway", "192.0.2.1"]', '["PrimaryDNS", "192.0.2.1"]'):
        contains(text, member)


ACCOUNT_ASKED = [("802.1x-ProFile-Request", 2)]
CERTIFICATE_ASKED = [("802.1x-ProFile-Request", 0), ("802.1x-KeyPair-Response", 0),
                     ("802.1x-CSR-Response", 0)]


def logins_of_the_wired_network_come_from_the_enterprise_assistant():
    message, _, _ = run("peap", method="error")
    contains(message["Network"], "Failed to initiate cert request with enterprise assistant")
    helper = assistant.Assistant(Floor.site, rig.folder())
    try:
        for profile, asked in (("peap", ACCOUNT_ASKED), ("eaptls", CERTIFICATE_ASKED)):
            helper.asked.clear()
            message, place, _ = run(profile)
            same((profile, message, helper.asked), (profile, CCM, asked))
            contains(json.dumps(Floor.site.state(place["state"])), assistant.ACCOUNT[0])
    finally:
        helper.close()


def firmware_that_serves_tls_only_gets_a_login_by_certificate():
    helper = assistant.Assistant(Floor.site, rig.folder())
    try:
        message, _, end = run("eaptls", *Floor.chip)
        same((message, end["mode"], helper.asked), (CCM, 1, CERTIFICATE_ASKED))
    finally:
        helper.close()


def certificates_of_tls_come_from_the_sites_own_ca():
    helper = assistant.Assistant(Floor.site, rig.folder())
    try:
        message, place, _ = run("microsoft")
        same((message, helper.asked), (
            {**CCM, "TLSConfiguration": "Configured",
             "Components": {**CCM["Components"], "TLS": good("Configured")}}, CERTIFICATE_ASKED))
        same(Floor.site.state(place["state"])["doors"][0], True)
    finally:
        helper.close()


def proxies_are_told():
    message, place, _ = run("proxied", *HOME)
    same(message, message_of("Activated to admin control mode.",
                             "Wired Network Configured. Proxy Configured",
                             Activation=good("Activated to admin control mode", "ACM"),
                             CIRAProxy=good("Proxy Configured")))
    contains(json.dumps(Floor.site.state(place["state"])), "proxy.example.com")


def a_machine_is_deactivated():
    for flags in (["--password", PASSWORD], ["--password", PASSWORD, "--force"]):
        _, place, end = run("acm", *HOME)
        message, _, end = run(None, "--deactivate", *flags, place=place)
        same((message, end["mode"], entry_of(end)), ({"Status": "Deactivated"}, 0, {}))
        same(Floor.site.ask("GET", f"/api/v1/devices/{end['guid']}")[0], 404)
    # It begins anew.
    same(run("ccm", place=place)[0], CCM)


def maintain(place, task, *flags, method="success"):
    return run(None, "--maintenance", task, "--password", PASSWORD, *flags, place=place,
               method=method)


def each_task_of_maintenance_is_done():
    _, place, end = run("ccm", "--clock-behind", "900")
    same(maintain(place, "synctime", "--clock-behind", "900")[0],
         {"Status": "synctime completed succesfully"})
    same(maintain(place, "syncip")[0], {"Status": "syncip completed succesfully"})
    same(maintain(place, "synchostname")[0], {"Status": "synchostname completed succesfully"})
    same(maintain(place, "synchostname", method="error")[0],
         {"Status": "synchostname failed at PUT_GENERAL_SETTINGS at put AMT_GeneralSettings host "
                    "name already synchronized"})
    before = row_of(end)["deviceInfo"]
    same(maintain(place, "syncdeviceinfo")[0], {"Status": "syncdeviceinfo completed succesfully"})
    after = row_of(end)["deviceInfo"]
    same((after["status"], after["activatedAt"]), (before["status"], before["activatedAt"]))
    same(maintain(place, "changepassword N3xt-s3cret!")[0],
         {"Status": "changepassword completed succesfully"})
    same(entry_of(end)["AMT_PASSWORD"], "N3xt-s3cret!")
    opens(place, "N3xt-s3cret!")
    message, _, _ = run(None, "--maintenance", "changepassword", "--password", "N3xt-s3cret!",
                        place=place)
    same(message, {"Status": "changepassword completed succesfully"})
    last = entry_of(end)["AMT_PASSWORD"]
    same(last == "N3xt-s3cret!", False)
    opens(place, last)
    message = maintain(place, "synctime", method="error")[0]
    same(message, f"AMT password DOES NOT match stored version for Device {end['guid']}")


def the_server_starts_again_with_all_that():
    Floor.site.restart(signal.SIGTERM)
    same(Floor.site.ask("GET", f"{ADMIN}/profiles/proxied")[1]["proxyConfigs"],
         [{"name": "proxy1", "priority": 1}])


def make_profiles(site):
    site.make_cira()
    site.make_wireless()
    site.make_domain()
    site.make("proxyconfigs", {"name": "proxy1", "address": "proxy.example.com", "port": 3128,
                               "networkDnsSuffix": "example.com"})
    site.make_profile("ccm")
    site.make_profile("static", dhcpEnabled=False, ipSyncEnabled=True)
    site.make_profile("fixed", dhcpEnabled=False, ipSyncEnabled=False)
    for name, protocol in (("peap", 2), ("eaptls", 0)):
        site.make("ieee8021xconfigs", {"profileName": name, "authenticationProtocol": protocol,
                                       "pxeTimeout": 120, "wiredInterface": True})
        site.make_profile(name, ieee8021xProfileName=name)
    site.make_profile("microsoft", tlsMode=1, tlsSigningAuthority="MicrosoftCA")
    site.make_profile("acm", "acmactivate")
    site.make_profile("whole", "acmactivate", ciraConfigName="home", wifiConfigs=OFFICE)
    site.make_profile("other", "acmactivate", amtPassword="Other-s3cret!")
    site.make_profile("mutual", "acmactivate", tlsMode=3)
    site.make_profile("proxied", "acmactivate", proxyConfigs=[{"priority": 1, "name": "proxy1"}])
    site.make_profile("random", "acmactivate", amtPassword=None, mebxPassword=None,
                      generateRandomPassword=True, generateRandomMEBxPassword=True)


    site.make_profile("called", "acmactivate", amtPassword=None, mebxPassword=None,
                      generateRandomPassword=True, generateRandomMEBxPassword=True,
                      ciraConfigName="home")


def begin():
    """The server starts, and the administrator makes profiles."""
    chip = rig.folder()
    provisioning_pfx.make_chip(chip)
    Floor.chip = ["--personality", "19", "--certificate", chip / "chip.pem", "--key",
                  chip / "chip.key"]
    Floor.site = Site(["--on-die-roots", chip / "on-die.pem"])
    make_profiles(Floor.site)
    same(Floor.site.ask("GET", f"{ADMIN}/profiles/ccm")[0], 200)


def end_of_all():
    """The server ends well, and has told no secrets."""
    Floor.site.stop()
    for secret in (PASSWORD, MEBX, "Other-s3cret!", "N3xt-s3cret!", "Wif1-secret!",
                   provisioning_pfx.PASSWORD, assistant.ACCOUNT[1]):
        same(secret in Floor.site.server.said, False)


if __name__ == "__main__":
    rig.main([
        begin,
        a_machine_comes_into_client_control_mode,
        a_machine_comes_into_admin_control_mode_and_calls_home,
        a_machine_that_will_not_call_in_is_told_of,
        passwords_are_made_for_each_machine,
        a_run_that_was_cut_off_is_made_again,
        a_machine_in_client_mode_is_upgraded,
        a_machine_is_configured_anew_and_gets_the_password_of_another_profile,
        firmware_that_serves_tls_only_comes_into_both_modes,
        firmware_whose_chip_nobody_vouches_for_is_refused,
        a_tunnel_that_the_agent_asks_for_leads_through_tls,
        tls_is_set_up_in_each_mode,
        a_wired_machine_gets_addresses_that_stay,
        a_wired_machine_takes_the_addresses_of_its_host,
        logins_of_the_wired_network_come_from_the_enterprise_assistant,
        firmware_that_serves_tls_only_gets_a_login_by_certificate,
        certificates_of_tls_come_from_the_sites_own_ca,
        proxies_are_told,
        a_machine_is_deactivated,
        each_task_of_maintenance_is_done,
        the_server_starts_again_with_all_that,
        end_of_all,
    ])
