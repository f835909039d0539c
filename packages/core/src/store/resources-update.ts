import type { NamedResources } from '../resource/resource.ts';

/**
 * A snapshot of named resources. Times are seconds since the Unix epoch. `version` counts the updates of this id, from
 * 1; it is a counter, not an address. Mirrors upstream `ResourcesUpdate` (v0.3.0).
 */
export interface ResourcesUpdate {
  readonly resourcesId: string;
  readonly createTime: number;
  readonly updateTime: number;
  readonly version: number;
  readonly resources: NamedResources;
}
