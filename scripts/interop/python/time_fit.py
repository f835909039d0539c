"""Upstream as its users run it: Trainer.fit with APO and runner processes, and how long that takes."""

import argparse
import time
from typing import Any

from agentlightning import LLM, PromptTemplate, TraceToMessages, Trainer
from agentlightning.algorithm.apo import APO
from agentlightning.execution import ClientServerExecutionStrategy
from checks import result
from openai import AsyncOpenAI
from room_agent import RoomAgent, RoomTask, load_tasks


class TimedAPO(APO[RoomTask]):
    """Notes how long the search takes, and what has come of it."""

    search_seconds = 0.0
    succeeded = 0

    async def run(self, *args: Any, **kwargs: Any) -> None:
        start = time.perf_counter()
        await super().run(*args, **kwargs)
        self.search_seconds = time.perf_counter() - start
        self.succeeded = len(await self.get_store().query_rollouts(status_in=["succeeded"]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True, help="of every model")
    parser.add_argument("--tasks", required=True, help="JSON file with the tasks: train, val")
    parser.add_argument("--prompt", required=True, help="to begin with")
    parser.add_argument("--port", type=int, required=True, help="for its store server")
    parser.add_argument("--n-runners", type=int, required=True)
    parser.add_argument("--look-ups", type=int, required=True, help="of the agent, one model call each, before its answer")
    parser.add_argument("--gradient-batch-size", type=int, required=True)
    parser.add_argument("--val-batch-size", type=int, required=True)
    parser.add_argument("--beam-width", type=int, required=True)
    parser.add_argument("--branch-factor", type=int, required=True)
    parser.add_argument("--beam-rounds", type=int, required=True)
    options = parser.parse_args()

    algorithm = TimedAPO(
        AsyncOpenAI(base_url=options.endpoint, api_key="simulated"),
        gradient_model="sim-critic",
        apply_edit_model="sim-editor",
        gradient_batch_size=options.gradient_batch_size,
        val_batch_size=options.val_batch_size,
        beam_width=options.beam_width,
        branch_factor=options.branch_factor,
        beam_rounds=options.beam_rounds,
    )
    # Everything else is left at its defaults: the tracer, the store, how often runners ask.
    trainer = Trainer(
        algorithm=algorithm,
        n_runners=options.n_runners,
        strategy=ClientServerExecutionStrategy(
            server_host="127.0.0.1", server_port=options.port, n_runners=options.n_runners
        ),
        initial_resources={
            "prompt_template": PromptTemplate(template=options.prompt, engine="f-string"),
            "agent_llm": LLM(endpoint=options.endpoint, model="sim-agent-weak"),
        },
        adapter=TraceToMessages(),
    )
    tasks = load_tasks(options.tasks)
    agent = RoomAgent(endpoint=options.endpoint, model="sim-agent-weak", look_ups=options.look_ups)
    start = time.perf_counter()
    trainer.fit(agent, tasks["train"], val_dataset=tasks["val"])  # type: ignore[arg-type]
    fit_seconds = time.perf_counter() - start
    result(fit_seconds=fit_seconds, search_seconds=algorithm.search_seconds, succeeded=algorithm.succeeded)


if __name__ == "__main__":
    main()
