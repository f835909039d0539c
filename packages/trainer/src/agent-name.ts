import { basename, extname } from 'node:path';
import { functionAgentBody } from '@agentlightning/runner';

/**
 * What people call an agent: the name of its class or function, of its export, or of the file of its module. `null` for one that has none, such as an object literal.
 */
export function agentName(agent: object): string | null {
  if (agent instanceof URL) {
    const file = basename(decodeURIComponent(agent.pathname));
    return file.slice(0, file.length - extname(file).length) || null;
  }
  const body = functionAgentBody(agent);
  if (typeof body === 'function') return body.name || null;
  if ('exportName' in agent) return typeof agent.exportName === 'string' ? agent.exportName : null;
  const { name } = agent.constructor;
  return name === 'Object' || name === '' ? null : name;
}
