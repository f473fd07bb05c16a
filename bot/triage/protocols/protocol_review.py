"""Say what of a protocol is reviewed and signed; what all protocols share has a signature of its own."""

from collections.abc import Mapping
from pathlib import Path

from bot.triage.protocols.model import Common, Protocol
from core.content.signatures import Parts, Signature, SignatureState, Standing, read_signatures

SHARED = "common"  # the name under which `data/triage/common.yml` is reviewed


def protocol_parts(protocol: Protocol) -> Parts:
    """Return everything that a signature of one table covers, by part."""
    told = protocol.model_dump(mode="json")
    stages = ("red", "red_seen", "orange", "yellow")
    about = {name: value for name, value in told.items() if name not in stages}
    items = {f"{stage}/{item['id']}": item for stage in stages for item in told[stage]}
    # The order in which a list is asked is seen by residents too.
    order = {stage: [item["id"] for item in told[stage]] for stage in stages}
    return {"about": about, "order": order, **items}


def common_parts(common: Common) -> Parts:
    """Return everything that a signature of the shared content covers, by part."""
    told = common.model_dump(mode="json")
    lists = ("first_check", "measured", "modifiers", "complaints")
    about = {name: value for name, value in told.items() if name not in {*lists, "wording", "advice"}}
    items = {f"{name}/{item['id']}": item for name in lists for item in told[name]}
    said = {f"{name}/{key}": value for name in ("wording", "advice") for key, value in told[name].items()}
    order = {name: [item["id"] for item in told[name]] for name in lists}
    return {"about": about, "order": order, **items, **said}


def signed_protocols(data_dir: Path, common: Common, protocols: Mapping[str, Protocol]) -> frozenset[str]:
    """Return the tables, and `SHARED`, whose signature fits what stands in the content now.

    Raises:
        ContentError: a signature is broken; says where and why.
    """
    states = protocol_states(common, protocols, read_signatures(data_dir, "protocol"))
    return frozenset(name for name, state in states.items() if state.standing is Standing.SIGNED)


def protocol_states(
    common: Common, protocols: Mapping[str, Protocol], signatures: Mapping[str, Signature]
) -> dict[str, SignatureState]:
    """Return of each table, and of `SHARED`, whether it is signed, and what has changed since."""
    parts = {SHARED: common_parts(common), **{name: protocol_parts(one) for name, one in protocols.items()}}
    return {name: SignatureState.of(signatures.get(name), told) for name, told in parts.items()}
