"""Keep where a talk stands: the running flow's instance, step and data, and the memory beyond it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue.flow_data import FlowData, FlowDataTypes
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import Interrupted


@dataclass(frozen=True, slots=True)
class State:
    """`flow` is empty while none runs; `memory` outlives flows."""

    flow: str = ""
    instance: str = ""
    step: str = ""
    data: FlowData = field(default_factory=FlowData)
    memory: Memory = field(default_factory=Memory)

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; empty when there is nothing to keep.

        `{"flow", "instance", "step", "data": FlowData.to_json, "memory": Memory.to_json}`, empty parts left
        out.
        """
        value = {
            "flow": self.flow,
            "instance": self.instance,
            "step": self.step,
            "data": self.data.to_json(),
            "memory": self.memory.to_json(),
        }
        return {key: part for key, part in value.items() if part}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], types: FlowDataTypes) -> "State":
        """Read the stored form; `types` (by flow) read what flows keep.

        A flow that this release does not know has no question to answer: only the memory is kept.
        """
        memory = Memory.from_json(value.get("memory", {}), types)
        flow = value.get("flow", "")
        if flow not in types:
            return cls(memory=memory)
        data = types[flow].from_json(value.get("data", {}))
        return cls(flow, value.get("instance", ""), value.get("step", ""), data, memory)

    def at(self, step: str, data: FlowData) -> "State":
        """Return the same flow at a step, with its data."""
        return replace(self, step=step, data=data)

    def ended(self, memory: Memory | None = None) -> "State":
        """Return the state after the flow has ended: the memory is kept."""
        return State(memory=self.memory if memory is None else memory)

    def remembering(self, memory: Memory) -> "State":
        """Return the same with another memory."""
        return replace(self, memory=memory)

    def taking_up(self, left: Interrupted) -> "State":
        """Return the state in which an interrupted question is open again."""
        memory = replace(self.memory, interrupted=None)
        return State(left.flow, left.instance, left.step, left.data, memory)
