import { isDeepStrictEqual } from 'node:util';
import {
  type NamedResources,
  namedResourcesToWire,
  newResourcesId,
  Page,
  parseNamedResources,
  RESOURCES_SORT_KINDS,
  type ResourcesQuery,
  type ResourcesUpdate,
  resourcesConditions,
  selectPage,
} from '@agentlightning/core';
import { openResources, type StoredResources, sealResources } from './sealed-resources.ts';
import type { TextSealer } from './sealed-text.ts';
import type { Sql, SqlRow } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';

const SELECT = 'SELECT * FROM resources';
/** Makes a snapshot the latest. */
const NEXT_TOUCH = '(SELECT COALESCE(MAX(touched), 0) + 1 FROM resources)';

/** The snapshots of resources. */
export class ResourcesRows {
  readonly #sql: Sql;
  readonly #counts: StoreCounts;
  readonly #sealer: TextSealer;

  constructor(sql: Sql, counts: StoreCounts, sealer: TextSealer) {
    this.#sql = sql;
    this.#counts = counts;
    this.#sealer = sealer;
  }

  /** Adds a snapshot under a new id. */
  add(resources: NamedResources, now: number): ResourcesUpdate {
    return this.#insert(newResourcesId(), resources, now);
  }

  /** Adds a snapshot, or replaces its mapping if that differs (or is to count as if it did). */
  update(
    request: { readonly resourcesId: string; readonly resources: NamedResources; readonly countIdentical: boolean },
    now: number,
  ): ResourcesUpdate {
    const { resourcesId, resources, countIdentical } = request;
    const row = this.#sql.get(`${SELECT} WHERE resources_id = ?`, resourcesId);
    if (row === undefined) return this.#insert(resourcesId, resources, now);
    const known = this.#toUpdate(row);
    if (!countIdentical && isDeepStrictEqual(namedResourcesToWire(known.resources), namedResourcesToWire(resources))) {
      this.#sql.run(`UPDATE resources SET touched = ${NEXT_TOUCH} WHERE resources_id = ?`, resourcesId);
      return known;
    }
    const update = { ...known, updateTime: now, version: known.version + 1, resources };
    this.#sql.run(
      `UPDATE resources SET update_time = ?, version = ?, resources = ?, touched = ${NEXT_TOUCH} WHERE resources_id = ?`,
      ...[update.updateTime, update.version, this.#toText(resourcesId, resources), resourcesId],
    );
    return update;
  }

  find(resourcesId: string): ResourcesUpdate | undefined {
    return this.#toMaybeUpdate(this.#sql.get(`${SELECT} WHERE resources_id = ?`, resourcesId));
  }

  /** The one that was added or updated last. */
  latest(): ResourcesUpdate | undefined {
    return this.#toMaybeUpdate(this.#sql.get(`${SELECT} ORDER BY touched DESC LIMIT 1`));
  }

  query(query: ResourcesQuery): Page<ResourcesUpdate> {
    const selection = { ...query, conditions: resourcesConditions(query), sortKinds: RESOURCES_SORT_KINDS };
    if (selection.conditions.length === 0 && query.sortBy === undefined) {
      const { limit, offset } = selectPage<ResourcesUpdate>([], selection);
      const rows = this.#sql.all(`${SELECT} ORDER BY seq LIMIT ? OFFSET ?`, limit, offset);
      return new Page(
        rows.map((row) => this.#toUpdate(row)),
        { limit, offset, total: this.#counts.of('resources') },
      );
    }
    const page = selectPage(
      this.#sql.all(`${SELECT} ORDER BY seq`).map((row) => this.#toUpdate(row)),
      selection,
    );
    return new Page(page.items, page);
  }

  #insert(resourcesId: string, resources: NamedResources, now: number): ResourcesUpdate {
    this.#sql.run(
      `INSERT INTO resources (resources_id, create_time, update_time, version, resources, touched) VALUES (?, ?, ?, 1, ?, ${NEXT_TOUCH})`,
      ...[resourcesId, now, now, this.#toText(resourcesId, resources)],
    );
    this.#counts.add('resources', 1);
    return { resourcesId, createTime: now, updateTime: now, version: 1, resources };
  }

  #toText(resourcesId: string, resources: NamedResources): string {
    return JSON.stringify(sealResources(this.#sealer, resourcesId, namedResourcesToWire(resources)));
  }

  #toMaybeUpdate(row: SqlRow | undefined): ResourcesUpdate | undefined {
    return row === undefined ? undefined : this.#toUpdate(row);
  }

  #toUpdate(row: SqlRow): ResourcesUpdate {
    const resourcesId = row['resources_id'] as string;
    const stored = JSON.parse(row['resources'] as string) as StoredResources;
    return {
      resourcesId,
      createTime: row['create_time'] as number,
      updateTime: row['update_time'] as number,
      version: row['version'] as number,
      resources: parseNamedResources(openResources(this.#sealer, resourcesId, stored)),
    };
  }
}
