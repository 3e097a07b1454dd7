"""Plugins are found, chosen and asked; a broken one is a line in a list and nothing worse."""

import types
from importlib.metadata import EntryPoint

import pytest

from collab_kernel import hookimpl, hookspecs
from collab_kernel.core.commands import Chat
from collab_kernel.core.state import State
from collab_kernel.errors import (
    BrokenPluginError,
    DuplicatePluginError,
    RefusedError,
    UnknownPluginError,
    VetoedError,
)
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.plugins import ALLOW_VARIABLE, Plugins, load
from collab_kernel.spi import (
    FrontEndSpec,
    Policy,
    PolicySpec,
    StoreSpec,
    Transport,
    TransportSpec,
)
from collab_kernel.testing.toy import TOY


def make_policy() -> Policy:
    raise AssertionError("finding a plugin creates nothing")


def make_transport() -> Transport:
    return MemoryTransport()


class Pigeons:
    __name__ = "pigeons"

    @hookimpl
    def collab_transports(self) -> list[TransportSpec]:
        return [TransportSpec("pigeon", make_transport, "slow", 1234, ("dove",))]


class MorePigeons(Pigeons):
    __name__ = "more-pigeons"


class OldPolicy:
    __name__ = "old"

    @hookimpl
    def collab_policies(self) -> list[PolicySpec]:
        return [PolicySpec("old", make_policy, spi=0), PolicySpec("fine", make_policy)]


class Toys:
    @hookimpl
    def collab_renderers(self) -> list[object]:
        return [TOY]


class Odd:
    __name__ = "odd"

    @hookimpl
    def collab_stores(self) -> list[object]:
        return ["no spec at all"]


class Raising:
    __name__ = "raising"

    @hookimpl
    def collab_front_ends(self) -> list[FrontEndSpec]:
        raise RuntimeError("no display")


class Misspelt:
    __name__ = "misspelt"

    @hookimpl
    def collab_transport(self) -> list[TransportSpec]:
        return []


class Misfit:
    __name__ = "misfit"

    @hookimpl
    def collab_veto(self, command: object, weather: object) -> None: ...


def loaded(*plugins: object) -> Plugins:
    return load((), extra=plugins)


def errors(plugins: Plugins) -> dict[str, str]:
    return {found.name: found.error for found in plugins.found if found.error}


# -- finding ---------------------------------------------------------------------------------


def test_what_a_plugin_offers_is_found_by_kind_and_name() -> None:
    plugins = loaded(Pigeons(), Toys(), OldPolicy())
    found = [(f.kind, f.name) for f in plugins.found]
    assert found == sorted(found)
    assert {("transport", "memory"), ("transport", "pigeon"), ("renderer", "toy")} <= set(found)
    assert plugins.transport("pigeon").default_port == 1234
    assert plugins.transport("dove") is plugins.transport("pigeon")
    assert plugins.renderer("toy") is TOY
    assert [t.scheme for t in plugins.transports()] == ["memory", "pigeon"]


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (Raising(), "RuntimeError: no display"),
        (Odd(), "KeyError"),
        (Misspelt(), "unknown hook 'collab_transport'"),
        (Misfit(), "weather"),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_a_broken_plugin_is_a_line_and_the_others_work(plugin: object, reason: str) -> None:
    plugins = loaded(plugin, Pigeons())
    name = plugin.__name__  # type: ignore[attr-defined]
    assert reason in errors(plugins)[name]
    assert plugins.transport("pigeon").scheme == "pigeon"
    with pytest.raises(BrokenPluginError, match=name):
        plugins.store(name)


def test_an_entry_point_that_can_not_be_imported_is_a_line() -> None:
    points = [
        EntryPoint("nowhere", "collab_no_such_module", "collab"),
        EntryPoint("nothing", "collab_kernel.builtin:nothing", "collab"),
    ]
    plugins = load(points)
    assert "ModuleNotFoundError" in errors(plugins)["nowhere"]
    assert "AttributeError" in errors(plugins)["nothing"]
    with pytest.raises(BrokenPluginError, match="nowhere"):
        plugins.transport("nowhere")


def test_a_plugin_that_ends_the_process_when_imported_is_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leave(self: EntryPoint) -> object:
        raise SystemExit("no licence")

    monkeypatch.setattr(EntryPoint, "load", leave)
    plugins = load([EntryPoint("costly", "costly", "collab")])
    assert errors(plugins) == {"costly": "SystemExit: no licence"}


def test_a_plugin_of_another_spi_version_is_listed_and_not_used() -> None:
    plugins = loaded(OldPolicy())
    assert "written for SPI version 0; this kernel has 1" in errors(plugins)["old"]
    with pytest.raises(BrokenPluginError, match="SPI version 0"):
        plugins.policy("old")
    assert plugins.policy("fine").name == "fine"


def test_a_name_that_two_offer_is_an_error_that_names_both() -> None:
    plugins = loaded(Pigeons(), MorePigeons())
    with pytest.raises(DuplicatePluginError, match=r"'pigeon' .*more-pigeons and pigeons"):
        plugins.transport("pigeon")


def test_an_unknown_name_gets_a_hint_what_is_installed_and_what_to_install() -> None:
    plugins = loaded(Pigeons())
    with pytest.raises(UnknownPluginError, match="did you mean pigeon") as caught:
        plugins.transport("pidgeon")
    assert "memory, pigeon" in str(caught.value)
    with pytest.raises(UnknownPluginError, match="collab-transport-grpc"):
        plugins.transport("grpc")
    with pytest.raises(UnknownPluginError, match="installed: none"):
        loaded().store("sqlite")


def test_the_allow_list_leaves_out_what_it_does_not_name(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("a", "collab_kernel.testing.no_such", "collab"),
        EntryPoint("b", "collab_kernel.testing.no_such", "collab"),
    ]
    monkeypatch.setenv(ALLOW_VARIABLE, "b, c")
    assert list(errors(load(points))) == ["b"]
    monkeypatch.setenv(ALLOW_VARIABLE, "")
    plugins = load(points)
    assert not errors(plugins)
    assert plugins.transport("memory").summary  # the kernel's own is always there


def test_the_installed_policy_is_found_by_its_entry_point() -> None:
    assert load().policy("master-slave").create() is not None


# -- verbs -----------------------------------------------------------------------------------


def objector(text: str | None) -> object:
    @hookimpl
    def collab_veto(command: object, state: object, actor: int) -> object:
        return VetoedError(text) if text else None

    plugin = types.ModuleType(f"objector_{text}")
    plugin.collab_veto = collab_veto  # type: ignore[attr-defined]
    return plugin


def test_the_first_objection_is_the_answer() -> None:
    plugins = loaded(objector("one"), objector(None), objector("two"))
    refusal = plugins.veto(Chat("hello"), State(), 1)
    assert isinstance(refusal, VetoedError)
    assert str(refusal) in ("one", "two")
    assert loaded(objector(None)).veto(Chat("hello"), State(), 1) is None
    assert loaded().veto(Chat("hello"), State(), 1) is None


@pytest.mark.parametrize("answer", [RuntimeError("bug"), "a word", True])
def test_a_veto_that_fails_or_answers_nonsense_has_objected(answer: object) -> None:
    class Failing:
        __name__ = "failing"

        @hookimpl
        def collab_veto(self, command: object) -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

    refusal = loaded(Failing()).veto(Chat("hello"), State(), 1)
    assert isinstance(refusal, RefusedError)
    assert refusal.code == "refused.vetoed"


def test_every_hook_says_what_it_promises() -> None:
    named = {name for name in vars(hookspecs) if name.startswith("collab_")}
    assert {hook.__name__ for hook in hookspecs.HOOKS} == named
    assert all(hook.__doc__ and hook.__doc__.strip() for hook in hookspecs.HOOKS)


def test_a_spec_says_its_name() -> None:
    assert TransportSpec("pigeon", make_transport).name == "pigeon"
    assert StoreSpec("memory", lambda location: None).name == "memory"  # type: ignore[arg-type,return-value]
