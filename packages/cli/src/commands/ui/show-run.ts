import { join } from 'node:path';
import { InMemoryLightningStore, isLightningError, type LightningStore, type Logger } from '@agentlightning/core';
import type { RunDetails } from '@agentlightning/core/run';
import { dashboardFiles } from '@agentlightning/dashboard';
import type { DashboardRun } from '@agentlightning/store-http/server';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { createLogger } from '@agentlightning/trainer/logger';
import { followJournal, readBestPromptText, readRunDetails, STORE_FILE, shownPath } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { runPath } from '../run-path.ts';
import { listen } from '../serving/listen.ts';
import { hasDisplay, openBrowser } from '../serving/open-browser.ts';
import { pageUrl } from '../serving/page-url.ts';
import { untilStopped } from '../serving/until-stopped.ts';
import { findToken } from '../store/store-token.ts';
import type { UiArguments } from '../ui.ts';

/**
 * Serves the page of a run until a signal comes.
 * @returns the exit status that tells which
 * @throws LightningError `NOT_FOUND` if there is no such run, `RUN_UNREADABLE` or `STORE_UNREADABLE` if a file of it cannot be read
 */
export async function showRun(
  run: string | undefined,
  { port, open, json }: UiArguments,
  context: CliContext,
): Promise<ExitCode> {
  return await untilStopped(context, async (stopped) => {
    const details = await readRunDetails(await runPath(run, context));
    const { directory } = details;
    const logger = createLogger();
    const store = await openStore(directory, logger, context);
    let forgetBrowser = (): void => {};
    try {
      const dashboard = { files: await dashboardFiles(), run: shownRun(directory) };
      const { token, isNew } = await findToken({ auth: true }, context);
      const server = await listen(store, { host: '127.0.0.1', port, token, dashboard, logger, runId: details.runId });
      // One that was given is known to whoever gave it, and belongs on no screen.
      const url = isNew ? pageUrl(server) : `${server.url}/`;
      if (json) context.stdout.write(`${JSON.stringify(listeningLine(url, server.port, details))}\n`);
      else context.stdout.write(`${titleOf(details)}\n${url}\n`);
      if (open && !json && hasDisplay(context.env)) forgetBrowser = openBrowser(pageUrl(server), context.env);
      await stopped;
      await server.close();
    } finally {
      forgetBrowser();
      await store.close();
    }
  });
}

/**
 * The store of the run, to be read. The owner of a file in an older SQLite lets nobody read beside it: then what there is to see is what the journal tells.
 */
async function openStore(
  directory: string,
  logger: Logger,
  { stderr }: Pick<CliContext, 'stderr'>,
): Promise<LightningStore> {
  const path = join(directory, STORE_FILE);
  try {
    // Nobody works with its secrets here.
    return await SqliteLightningStore.open({ path, readOnly: true, create: false, secrets: 'masked', logger });
  } catch (error) {
    if (!isLightningError(error, 'UNAVAILABLE') || error.details['reason'] !== 'locked') throw error;
    stderr.write(
      'warning: rollouts, workers and resources are not shown, as the process that works on the run lets nobody read its store: it does with Node 24, or start this again when the run has ended\n',
    );
    return new InMemoryLightningStore();
  }
}

function shownRun(directory: string): DashboardRun {
  return {
    details: () => readRunDetails(directory),
    bestPrompt: () => readBestPromptText(directory),
    events: (options) => followJournal(directory, options),
  };
}

function listeningLine(url: string, port: number, { runId, directory, status }: RunDetails): object {
  return { event: 'listening', url, port, pid: process.pid, runId, directory, status };
}

function titleOf({ runId, directory, status }: RunDetails): string {
  return `The run ${runId} (${status}) in ${shownPath(directory)} is shown, until Ctrl-C, at`;
}
