import { CHOSEN_BY_CAVEAT, type RunView } from '@agentlightning/core/run';
import { useState } from 'preact/hooks';
import { CopyButton } from '../components/copy-button.tsx';
import { EmptyState, ErrorState } from '../components/notice.tsx';
import { Score, ScoreLabelBadge } from '../components/score.tsx';
import { TextBlock } from '../components/text-block.tsx';
import { Panel } from '../components/view-layout.tsx';
import { candidateHash } from '../search/candidate-hash.ts';
import { request } from '../server/request.ts';

/** What it is all about: the best prompt so far, to copy and to keep. */
export function BestPrompt({ view: { best } }: { view: RunView }) {
  const [problem, setProblem] = useState<string>();
  const download = async () => {
    try {
      const response = await request('v1/agl/run/best-prompt', { cache: 'no-store' });
      saveAs(await response.blob(), 'best_prompt.json');
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <Panel id="best-prompt" title="Best prompt" beside={<ScoreLabelBadge />}>
      {best === null ? (
        <EmptyState title="No prompt was scored yet" />
      ) : (
        <>
          <p class="best-prompt-line">
            <a href={candidateHash(best.version)}>{best.version}</a>
            <Score score={best.score} interval={best.interval} tasks={best.tasks} />
            <span class="muted small">on the validation set; {CHOSEN_BY_CAVEAT}</span>
          </p>
          {best.prompts.map(({ name, template, engine }) => (
            <div key={name} class="best-prompt-text">
              <div class="best-prompt-line">
                <code>{name}</code>
                <span class="muted small">{engine}</span>
                <CopyButton text={template} label="Copy the prompt" />
                <button type="button" onClick={() => void download()}>
                  Download best_prompt.json
                </button>
              </div>
              <TextBlock text={template} label={`Best prompt ${name}`} />
            </div>
          ))}
          {problem === undefined ? null : <ErrorState message={problem} onRetry={() => void download()} />}
        </>
      )}
    </Panel>
  );
}

function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
