import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault } from "../fault";
import { midSync } from "../mid-sync";
import type { System } from "../system";

const FULL = "The database's disk is full";

/**
 * Raises the error of a full disk from a trigger: a quota would need the rights to create a file system, and
 * on a disk that is really full all of PostgreSQL goes down when its log cannot grow.
 */
const fillUp = `
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON forum_topic_view_stats
  FOR EACH ROW EXECUTE FUNCTION disk_is_full();
CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON failed_targets
  FOR EACH ROW EXECUTE FUNCTION disk_is_full()`;

/** PostgreSQL takes no more rows in mid-sync: syncs fail and say why, views go on being counted. */
async function diskFull(system: System): Promise<void> {
  const { answer } = await midSync(system, { how: "running" });
  await system.query(fillUp);
  try {
    await answer;
    const { accepted } = system.log.totals();
    await waitUntil(async () => (await system.sync()).body.error === FULL, {
      what: "a sync that says that the disk is full",
      seconds: 10,
    });
    await waitUntil(() => system.log.totals().accepted > accepted, {
      what: "a view that is counted meanwhile",
      seconds: 10,
    });
  } finally {
    await system.query("DROP FUNCTION disk_is_full CASCADE");
  }
}

export const diskFaults: Fault[] = [
  {
    name: "disk-full",
    what: "PostgreSQL's disk is full in mid-sync: it refuses each new row, and says so",
    strike: diskFull,
  },
];
