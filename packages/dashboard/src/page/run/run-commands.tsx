import { type RunDetails, shellWord } from '@agentlightning/core/run';
import { CopyButton } from '../components/copy-button.tsx';

/** What to type to go on with the run, or to take something from it. */
export function RunCommands({ details, hasBest }: { details: RunDetails; hasBest: boolean }) {
  const directory = shellWord(details.directory);
  const commands = [
    ...(details.status === 'completed' || details.status === 'running'
      ? []
      : [['Go on where it stopped', `agl resume ${directory}`] as const]),
    ...(hasBest ? [['The best prompt as text', `agl export ${directory}`] as const] : []),
    ['A report to send to somebody', `agl report ${directory}`] as const,
    ['This page again', `agl ui ${directory}`] as const,
  ];
  return (
    <ul class="run-commands">
      {commands.map(([what, command]) => (
        <li key={command}>
          <span class="muted small">{what}</span>
          <div class="run-command">
            <code>{command}</code>
            <CopyButton text={command} />
          </div>
        </li>
      ))}
    </ul>
  );
}
