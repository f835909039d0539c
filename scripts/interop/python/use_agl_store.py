"""A runner and a client of upstream on the store server at AGL_STORE_URL, which is all that they are told of it."""

import asyncio
import os

from agentlightning import (
    LightningStoreClient,
    LitAgent,
    LitAgentRunner,
    OtelTracer,
    PromptTemplate,
    RolloutConfig,
    emit_reward,
)
from checks import check


class OneAgent(LitAgent[dict[str, str]]):
    async def rollout_async(self, task, resources, rollout):
        emit_reward(0.5)
        return 1.0 if resources["prompt"].format(**task) == "Say hello" else 0.0


async def executes_a_rollout(store: LightningStoreClient) -> None:
    prompt = PromptTemplate(template="Say {what}", engine="f-string")
    await store.update_resources("prompt-v1", {"prompt": prompt})
    queued = await store.enqueue_rollout(input={"what": "hello"}, resources_id="prompt-v1")
    runner = LitAgentRunner(tracer=OtelTracer(), poll_interval=0.2, max_rollouts=1)
    with runner.run_context(agent=OneAgent(), store=store):
        await runner.iter()
    rollout = await store.get_rollout_by_id(queued.rollout_id)
    check("a runner executes a rollout", rollout and rollout.status, "succeeded")
    spans = await store.query_spans(queued.rollout_id)
    check("its rewards are stored, over OTLP and REST", [s.name for s in spans], ["agentlightning.annotation"] * 2)


async def sees_a_timeout(store: LightningStoreClient) -> None:
    config = RolloutConfig(timeout_seconds=0.3, max_attempts=1)
    queued = await store.enqueue_rollout(input=None, config=config)
    await store.dequeue_rollout()
    await asyncio.sleep(0.6)  # nobody asks anything meanwhile
    rollout = await store.get_rollout_by_id(queued.rollout_id)
    attempt = await store.get_latest_attempt(queued.rollout_id)
    got = (rollout and rollout.status, attempt and attempt.status)
    check("the first request after a timeout sees it", got, ("failed", "timeout"))


async def main() -> None:
    store = LightningStoreClient(os.environ["AGL_STORE_URL"])
    try:
        await executes_a_rollout(store)
        await sees_a_timeout(store)
    finally:
        await store.close()


asyncio.run(main())
