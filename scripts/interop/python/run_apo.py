"""Upstream's APO by upstream's Trainer, on the store server at AGL_STORE_URL, whose runners are somebody else's."""

import argparse
import asyncio
import os

from agentlightning import APO, LightningStoreClient, PromptTemplate, TraceToMessages, Trainer
from agentlightning.execution import ClientServerExecutionStrategy
from checks import check, result
from openai import AsyncOpenAI
from room_agent import RoomAgent, load_tasks


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True, help="of the model that criticises and edits")
    parser.add_argument("--tasks", required=True, help="JSON file with the tasks: train, val")
    parser.add_argument("--prompt", required=True, help="to begin with")
    parser.add_argument("--gradient-model", default="sim-critic")
    parser.add_argument("--apply-edit-model", default="sim-editor")
    parser.add_argument("--beam-width", type=int, default=1)
    parser.add_argument("--branch-factor", type=int, default=1)
    parser.add_argument("--beam-rounds", type=int, default=1)
    parser.add_argument("--gradient-batch-size", type=int, default=2)
    parser.add_argument("--val-batch-size", type=int, default=4)
    options = parser.parse_args()

    algorithm = APO(
        AsyncOpenAI(base_url=options.endpoint, api_key="simulated"),
        gradient_model=options.gradient_model,
        apply_edit_model=options.apply_edit_model,
        beam_width=options.beam_width,
        branch_factor=options.branch_factor,
        beam_rounds=options.beam_rounds,
        gradient_batch_size=options.gradient_batch_size,
        val_batch_size=options.val_batch_size,
    )
    trainer = Trainer(
        algorithm=algorithm,
        # The algorithm alone, on a store that is served already.
        strategy=ClientServerExecutionStrategy(role="algorithm", managed_store=False),
        store=LightningStoreClient(os.environ["AGL_STORE_URL"]),
        initial_resources={"prompt_template": PromptTemplate(template=options.prompt, engine="f-string")},
        adapter=TraceToMessages(),
    )
    tasks = load_tasks(options.tasks)
    # It never runs here: the trainer wants one all the same.
    agent = RoomAgent(endpoint=options.endpoint, model="none")
    trainer.fit(agent, tasks["train"], val_dataset=tasks["val"])  # type: ignore[arg-type]
    result(best_prompt=algorithm.get_best_prompt().template)
    asyncio.run(read_conversations())


async def read_conversations() -> None:
    """What the critic was shown: upstream's adapter on the spans of runners that are not upstream's."""
    store = LightningStoreClient(os.environ["AGL_STORE_URL"])
    try:
        rollouts = await store.query_rollouts(status_in=["succeeded"], limit=1)
        spans = await store.query_spans(rollouts[0].rollout_id)
        roles = [[message["role"] for message in record["messages"]] for record in TraceToMessages().adapt(list(spans))]
        asked = ["user", "assistant"]
        check("Python's TraceToMessages reads the conversations that our runner recorded", roles, [asked, [*asked, "tool", "assistant"]])
    finally:
        await store.close()


if __name__ == "__main__":
    main()
