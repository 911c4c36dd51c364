"""docker-compose.yml and Dockerfile against what they rely on: services, keys of the configuration, files, promises."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("normaliser", "gate", "deduplicator", "router")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile():
    return (ROOT / "Dockerfile").read_text()


def ours(compose):
    return {name: s for name, s in compose["services"].items() if s["image"] == "leadshare"}


def environment(service):
    return service.get("environment") or {}


def test_every_service_has_a_container_of_its_own(compose):
    code = (ROOT / "crates/leadshare/src/services.rs").read_text()
    assert tuple(re.findall(r'^        name: "(\w+)",$', code, re.M)) == SERVICES
    states = set()
    for name in SERVICES:
        service = compose["services"][name]
        assert service["command"] == ["run", name]
        assert service["restart"] == "unless-stopped"
        assert service["depends_on"] == {"init": {"condition": "service_completed_successfully"}}
        assert "site:/site:ro" in service["volumes"], "a service changes no configuration"
        states |= {v for v in service["volumes"] if v.endswith(":/state")}
    assert len(states) == len(SERVICES), "two services in one directory of state would not start"


def test_containers_have_no_rights(compose):
    for name, service in ours(compose).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "user" not in service and "privileged" not in service, name


def test_nothing_listens_to_other_machines(compose):
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} {port}"


def test_keys_of_the_configuration_exist(compose, dockerfile):
    config = tomllib.loads((ROOT / "config/leadshare.toml").read_text())
    named = set(re.findall(r"LEADSHARE_\w+__\w+", dockerfile))
    for service in ours(compose).values():
        named |= {name for name in environment(service) if "__" in name}
    assert named
    for name in named:
        table, key = name.removeprefix("LEADSHARE_").lower().split("__")
        assert key in config[table], name


def test_no_secret_stands_in_the_file(compose):
    for name, service in compose["services"].items():
        for key, value in environment(service).items():
            secret = re.search("PASSWORD|SECRET|TOKEN|KEY", key)
            assert not secret or str(value).startswith("/"), f"{name}: {key} is a secret, or names no file"


def test_volumes_and_files_are_there(compose):
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_dir(), f"{name}: {source}"
                assert volume.endswith(":ro"), f"{name}: {source}"
            else:
                assert source in compose["volumes"], f"{name}: {source}"


def test_prometheus_finds_the_services_and_grafana_the_dashboard(compose):
    prometheus = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())
    targets = prometheus["scrape_configs"][0]["static_configs"][0]["targets"]
    port = environment(compose["services"]["router"])["LEADSHARE_HTTP__LISTEN"].rsplit(":", 1)[1]
    assert targets == [f"{name}:{port}" for name in SERVICES]
    [manager] = prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert manager.split(":")[0] in compose["services"]
    grafana = ROOT / "config/grafana"
    [source] = yaml.safe_load((grafana / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    dashboard = (grafana / "dashboards/leadshare.json").read_text()
    assert set(re.findall(r'"uid": "(leadshare-\w+)"', dashboard)) == {source["uid"]}
    [provider] = yaml.safe_load((grafana / "provisioning/dashboards/leadshare.yml").read_text())["providers"]
    mounted = [v.split(":")[1] for v in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted


def test_the_image_is_small_and_runs_without_rights(dockerfile):
    stages = re.findall(r"^FROM (\S+)", dockerfile, re.M)
    assert len(stages) == 2 and stages[1].endswith("-slim")
    last = dockerfile[dockerfile.rindex("FROM "):]
    assert re.search(r"^USER 10001$", last, re.M)
    assert "HEALTHCHECK" in last and '"leadshare", "health"' in last
    toolchain = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    assert f"rust:{'.'.join(toolchain.split('.')[:2])}-" in stages[0]
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"target", ".git", ".venv"} <= set(ignored)
