"""Every call of upstream's LightningStoreClient to the store server at AGL_STORE_URL: what it understands of the answers."""

import asyncio
import os
import time

from agentlightning import LLM, LightningStoreClient, PromptTemplate, ProxyLLM, RolloutConfig, Span
from agentlightning.types import AttemptedRollout, EnqueueRolloutRequest
from checks import check

RESOURCES = {
    "prompt_template": PromptTemplate(template="Say {what}", engine="f-string"),
    "agent_llm": LLM(endpoint="http://127.0.0.1:1/v1", model="m", sampling_parameters={"temperature": 0.5}),
    "proxy_llm": ProxyLLM(endpoint="http://127.0.0.1:1", model="m"),
}


def span(rollout_id: str, attempt_id: str, sequence_id: int, name: str) -> Span:
    return Span.from_attributes(
        attributes={"text": "grün", "number": 0.5, "flag": True, "list": ["a", "b"]},
        rollout_id=rollout_id,
        attempt_id=attempt_id,
        sequence_id=sequence_id,
        name=name,
        start_time=time.time(),
        end_time=time.time(),
    )


async def resources(store: LightningStoreClient) -> str:
    added = await store.add_resources(RESOURCES)
    check("add_resources: the first version", added.version, 1)
    found = await store.get_resources_by_id(added.resources_id)
    check("get_resources_by_id: every type comes back", found and found.resources, RESOURCES)
    latest = await store.get_latest_resources()
    check("get_latest_resources", latest and latest.resources_id, added.resources_id)
    check("get_resources_by_id: None for an id that there is not", await store.get_resources_by_id("none"), None)
    named = await store.update_resources("prompt-v1", {"prompt_template": RESOURCES["prompt_template"]})
    check("update_resources: under an id of the caller", (named.resources_id, named.version), ("prompt-v1", 1))
    again = await store.update_resources("prompt-v1", {"prompt_template": PromptTemplate(template="2", engine="jinja")})
    check("update_resources: the next version", again.version, 2)
    page = await store.query_resources(resources_id="prompt-v1")
    check("query_resources", [item.resources_id for item in page], ["prompt-v1"])
    return added.resources_id


async def rollouts(store: LightningStoreClient, resources_id: str) -> None:
    config = RolloutConfig(timeout_seconds=60, max_attempts=2, retry_condition=["failed"])
    first = await store.enqueue_rollout(
        input={"task": "ä", "n": [1, None, {"deep": 0.25}]},
        mode="train",
        resources_id=resources_id,
        config=config,
        metadata={"by": "interop"},
    )
    check("enqueue_rollout: queuing", first.status, "queuing")
    check("enqueue_rollout: input", first.input, {"task": "ä", "n": [1, None, {"deep": 0.25}]})
    check("enqueue_rollout: config", first.config, config)
    many = await store.enqueue_many_rollouts([EnqueueRolloutRequest(input=n, mode="val") for n in range(3)])
    check("enqueue_many_rollouts: in order", [r.input for r in many], [0, 1, 2])
    check("get_rollout_by_id: without an attempt", isinstance(await store.get_rollout_by_id(first.rollout_id), AttemptedRollout), False)

    claimed = await store.dequeue_rollout(worker_id="Worker-7")
    assert claimed is not None, "the queue has four rollouts"
    check("dequeue_rollout: first in, first out", claimed.rollout_id, first.rollout_id)
    check("dequeue_rollout: preparing, attempt 1", (claimed.status, claimed.attempt.sequence_id), ("preparing", 1))
    check("dequeue_rollout: the worker", claimed.attempt.worker_id, "Worker-7")
    rest = await store.dequeue_many_rollouts(limit=5, worker_id="Worker-7")
    check("dequeue_many_rollouts: what there is", [r.rollout_id for r in rest], [r.rollout_id for r in many])
    check("dequeue_rollout: None when the queue is empty", await store.dequeue_rollout(), None)

    await spans(store, claimed.rollout_id, claimed.attempt.attempt_id)
    check("a span makes it running", (await latest_status(store, claimed.rollout_id)), "running")

    failed = await store.update_attempt(claimed.rollout_id, "latest", status="failed", metadata={"why": "test"})
    check("update_attempt: latest", (failed.attempt_id, failed.status), (claimed.attempt.attempt_id, "failed"))
    check("a failure that is to be tried again is requeued", (await latest_status(store, claimed.rollout_id)), "requeuing")
    second = await store.dequeue_rollout(worker_id="Worker-8")
    assert second is not None, "the rollout was requeued"
    check("dequeue_rollout: attempt 2", (second.rollout_id, second.attempt.sequence_id), (first.rollout_id, 2))
    await store.update_attempt(second.rollout_id, second.attempt.attempt_id, status="succeeded")
    check("it has succeeded", (await latest_status(store, second.rollout_id)), "succeeded")
    attempts = await store.query_attempts(first.rollout_id)
    check("query_attempts", [a.status for a in attempts], ["failed", "succeeded"])
    latest = await store.get_latest_attempt(first.rollout_id)
    check("get_latest_attempt", latest and latest.attempt_id, second.attempt.attempt_id)

    for other in rest[:2]:
        await store.update_attempt(other.rollout_id, other.attempt.attempt_id, status="succeeded")
    ids = [first.rollout_id, *(r.rollout_id for r in many)]
    done = await store.wait_for_rollouts(rollout_ids=ids, timeout=0.0)
    check("wait_for_rollouts: those that have ended", {r.rollout_id for r in done}, set(ids[:3]))
    cancelled = await store.update_rollout(ids[3], status="cancelled", metadata={"note": "x"})
    check("update_rollout", (cancelled.status, cancelled.metadata), ("cancelled", {"note": "x"}))
    check("wait_for_rollouts: a cancelled one has ended", len(await store.wait_for_rollouts(rollout_ids=ids, timeout=0.05)), 4)

    page = await store.query_rollouts(status_in=["succeeded"], sort_by="start_time", sort_order="desc", limit=2)
    check("query_rollouts: page", (len(page), page.total, page.limit, page.offset), (2, 3, 2, 0))
    check("query_rollouts: sorted", page[0].start_time >= page[1].start_time, True)
    found = await store.query_rollouts(rollout_id_in=[first.rollout_id])
    check("query_rollouts: with its attempt", [isinstance(r, AttemptedRollout) for r in found], [True])
    check("query_rollouts: part of an id", (await store.query_rollouts(rollout_id_contains=first.rollout_id[-8:])).total, 1)

    started = await store.start_rollout(input="now", mode="test", worker_id="Worker-9")
    check("start_rollout: with an attempt, not queued", (started.attempt.sequence_id, await store.dequeue_rollout()), (1, None))
    further = await store.start_attempt(started.rollout_id, worker_id="Worker-9")
    check("start_attempt: the next one", further.attempt.sequence_id, 2)
    check("get_rollout_by_id: None for an id that there is not", await store.get_rollout_by_id("ro-none"), None)


async def spans(store: LightningStoreClient, rollout_id: str, attempt_id: str) -> None:
    first = await store.get_next_span_sequence_id(rollout_id, attempt_id)
    check("get_next_span_sequence_id", first, 1)
    check("get_many_span_sequence_ids", list(await store.get_many_span_sequence_ids([(rollout_id, attempt_id)] * 2)), [2, 3])
    sent = span(rollout_id, attempt_id, first, "one")
    stored = await store.add_span(sent)
    check("add_span: comes back whole", stored and stored.model_dump(), sent.model_dump())
    check("add_span: None the second time", await store.add_span(sent), None)
    more = [span(rollout_id, attempt_id, number, f"more-{number}") for number in (2, 3)]
    check("add_many_spans", [s.name for s in await store.add_many_spans(more)], ["more-2", "more-3"])
    found = await store.query_spans(rollout_id)
    check("query_spans: in order, unchanged", [s.model_dump() for s in found], [s.model_dump() for s in (sent, *more)])
    named = await store.query_spans(rollout_id, attempt_id="latest", name_contains="more", sort_order="desc")
    check("query_spans: filter and order", [s.sequence_id for s in named], [3, 2])


async def workers(store: LightningStoreClient) -> None:
    worker = await store.update_worker("Worker-7", {"cpu": 0.5})
    check("update_worker", (worker.worker_id, worker.heartbeat_stats), ("Worker-7", {"cpu": 0.5}))
    one = await store.get_worker_by_id("Worker-7")
    check("get_worker_by_id", one and one.worker_id, "Worker-7")
    check("get_worker_by_id: None for an id that there is not", await store.get_worker_by_id("Worker-0"), None)
    known = await store.query_workers(sort_by="worker_id")
    check("query_workers", [w.worker_id for w in known], ["Worker-7", "Worker-8", "Worker-9"])


async def latest_status(store: LightningStoreClient, rollout_id: str) -> str | None:
    rollout = await store.get_rollout_by_id(rollout_id)
    return rollout.status if rollout is not None else None


async def main() -> None:
    store = LightningStoreClient(os.environ["AGL_STORE_URL"])
    try:
        await rollouts(store, await resources(store))
        await workers(store)
        statistics = await store.statistics()
        check("statistics: rollouts and spans", (statistics.get("total_rollouts"), statistics.get("total_spans")), (5, 3))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
