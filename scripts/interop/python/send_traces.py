"""Sends traces to the store server at AGL_STORE_URL: by upstream's default tracer, and by OpenTelemetry alone."""

import argparse
import asyncio
import os
from typing import cast

from agentlightning import (
    AgentOpsTracer,
    LightningStoreClient,
    LitAgentRunner,
    NamedResources,
    PromptTemplate,
    Rollout,
    emit_message,
    operation,
)
from checks import result
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode
from room_agent import RoomAgent, RoomTask, load_tasks


class TalkativeAgent(RoomAgent):
    """Emits more than its model calls."""

    async def rollout_async(self, task: RoomTask, resources: NamedResources, rollout: Rollout) -> float:
        emit_message("looking for a room")
        with operation(task_id=task["id"]) as work:
            reward = await super().rollout_async(task, resources, rollout)
            work.set_output({"reward": reward})
        return reward


async def by_tracer(store: LightningStoreClient, endpoint: str, task: RoomTask, prompt: str) -> None:
    """A rollout by upstream's runner with its default tracer."""
    runner = LitAgentRunner(tracer=AgentOpsTracer())
    agent = TalkativeAgent(endpoint=endpoint, model="sim-agent-weak")
    template = PromptTemplate(template=prompt, engine="f-string")
    with runner.run_context(agent=agent, store=store, worker_id=0):
        rollout = await runner.step(task, resources={"prompt_template": template}, mode="val")
    result(traced=rollout.rollout_id, status=rollout.status, conversation=agent.conversation)


async def by_opentelemetry(store: LightningStoreClient) -> None:
    """Spans of an agent that knows nothing of Agent Lightning: the resource says which attempt they belong to. Compressed."""
    rollout = await store.start_rollout(input="plain", worker_id="Worker-1")
    resource = Resource.create(
        {
            "agentlightning.rollout_id": rollout.rollout_id,
            "agentlightning.attempt_id": rollout.attempt.attempt_id,
            "service.name": "room-finder",
        }
    )
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=store.otlp_traces_endpoint(), compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("interop")
    with tracer.start_as_current_span("outer", attributes={"text": "grün", "count": 3, "share": 0.25, "flag": True}):
        with tracer.start_as_current_span("inner", attributes={"list": ["a", "b"], "numbers": [1, 2]}) as inner:
            inner.add_event("half way", {"step": 1})
            inner.set_status(Status(StatusCode.ERROR, "no room"))
    flushed = await asyncio.to_thread(provider.force_flush)
    provider.shutdown()
    await store.update_attempt(rollout.rollout_id, "latest", status="succeeded")
    result(plain=rollout.rollout_id, flushed=flushed)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True, help="of the agent's model")
    parser.add_argument("--tasks", required=True, help="JSON file with the tasks: train, val")
    parser.add_argument("--prompt", required=True)
    options = parser.parse_args()
    store = LightningStoreClient(os.environ["AGL_STORE_URL"])
    try:
        await by_tracer(store, cast(str, options.endpoint), load_tasks(options.tasks)["val"][0], options.prompt)
        await by_opentelemetry(store)
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
