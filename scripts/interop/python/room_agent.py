"""A room-selection agent for upstream's runners: one look-up and one answer, or more look-ups, from an OpenAI-compatible model."""

import json
from typing import Any, TypedDict

from agentlightning import LLM, LitAgent, NamedResources, PromptTemplate, Rollout
from openai import AsyncOpenAI

CALENDAR_TOOL = {
    "type": "function",
    "function": {
        "name": "get_rooms_and_availability",
        "description": "All rooms, and whether each is free for the whole slot.",
        "parameters": {
            "type": "object",
            "properties": {
                "date": {"type": "string"},
                "time": {"type": "string"},
                "duration_min": {"type": "integer"},
            },
            "required": ["date", "time", "duration_min"],
        },
    },
}


class RoomTask(TypedDict):
    """A request for a room, with the calendar's answer to it."""

    id: str
    date: str
    time: str
    duration_min: int
    attendees: int
    needs: str
    accessible_required: str
    expectedChoice: str
    calendar: str


class RoomAgent(LitAgent[RoomTask]):
    """Asks the model that the resources name, or else the one that it was made with."""

    def __init__(self, *, endpoint: str, model: str, look_ups: int = 1) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.model = model
        self.look_ups = look_ups
        self.conversation: list[Any] = []
        """Of the last rollout, with its answer."""

    async def rollout_async(self, task: RoomTask, resources: NamedResources, rollout: Rollout) -> float:
        prompt = resources["prompt_template"]
        assert isinstance(prompt, PromptTemplate), f"expected a prompt template, got {prompt!r}"
        llm = resources.get("agent_llm")
        endpoint, model = (llm.endpoint, llm.model) if isinstance(llm, LLM) else (self.endpoint, self.model)
        messages: list[Any] = [{"role": "user", "content": prompt.format(**task)}]
        async with AsyncOpenAI(base_url=endpoint, api_key="simulated") as client:
            for turn in range(self.look_ups + 1):
                looks_up = turn < self.look_ups
                completion = await client.chat.completions.create(
                    model=model,
                    messages=messages,
                    tools=[CALENDAR_TOOL],  # type: ignore[list-item]
                    tool_choice="required" if looks_up else "none",
                )
                message = completion.choices[0].message
                if not looks_up:
                    self.conversation = [*messages, message.model_dump(exclude_none=True)]
                    return 1.0 if (message.content or "").strip().lower() == task["expectedChoice"].lower() else 0.0
                messages.append(message.model_dump(exclude_none=True))
                for call in message.tool_calls or []:
                    messages.append({"role": "tool", "tool_call_id": call.id, "content": task["calendar"]})
        raise AssertionError("unreachable: the last turn answers")


def load_tasks(path: str) -> dict[str, list[RoomTask]]:
    """The data sets in a file: `{"train": […], "val": […]}`."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)
