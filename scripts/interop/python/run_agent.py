"""Upstream's LitAgentRunner with its default tracer, on the store server at AGL_STORE_URL: works until it is stopped."""

import argparse
import asyncio
import os

from agentlightning import AgentOpsTracer, LightningStoreClient, LitAgentRunner
from room_agent import RoomAgent


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True, help="the model, where the resources name none")
    parser.add_argument("--model", default="sim-agent-weak")
    parser.add_argument("--worker-id", type=int, default=0)
    parser.add_argument("--max-rollouts", type=int, default=None)
    options = parser.parse_args()

    store = LightningStoreClient(os.environ["AGL_STORE_URL"])
    # Its own defaults are to ask every five seconds, and to give a sign of life every ten.
    runner = LitAgentRunner(
        tracer=AgentOpsTracer(),
        max_rollouts=options.max_rollouts,
        poll_interval=0.2,
        heartbeat_interval=1.0,
        interval_jitter=0.05,
    )
    agent = RoomAgent(endpoint=options.endpoint, model=options.model)
    try:
        runner.init(agent=agent)
        runner.init_worker(worker_id=options.worker_id, store=store)
        await runner.iter()
    finally:
        runner.teardown_worker(options.worker_id)
        runner.teardown()
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
