import { describe, expect, it } from "vitest";
import { filesBelow, readText } from "./source-files.ts";

/**
 * Every table leads with `team_id`, the distribution column: its primary key, each index, and each unique rule. So the
 * tables can be spread over several servers by team. Small reference tables are exempt, each with its reason.
 */
const EXEMPT: Record<string, string> = {
  team: "the list of teams itself",
  person: "people belong to several teams",
  session: "belongs to a person",
  api_token: "belongs to a person",
  contact_method: "belongs to a person",
  instance_secret: "belongs to the installation",
};

const migrations = filesBelow("src/migrations", /^.*\/\d{4}-\d\d-\d\d-[\w-]+\.ts$/)
  .map(({ text }) => text)
  .join("\n");

interface Table {
  name: string;
  body: string;
}

const tables: Table[] = [...migrations.matchAll(/create table (\w+) \(([\s\S]*?)\)`/g)].map(([, name, body]) => ({
  name: name!,
  body: body!,
}));
const ofTeams = tables.filter(({ name }) => !(name in EXEMPT));

describe("the tables", () => {
  it("of the migrations are those that the code knows", () => {
    const known = /export interface Database \{([\s\S]*?)\n\}/.exec(readText("src/migrations/tables.ts"))![1]!;
    expect(tables.map(({ name }) => name).sort()).toEqual(
      [...known.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!).sort(),
    );
  });

  it("have a primary key that leads with team_id, but for the exempt ones", () => {
    const wrong = ofTeams.filter(({ body }) => !/\bprimary key \(team_id\b/.test(body)).map(({ name }) => name);
    expect(wrong).toEqual([]);
    expect(Object.keys(EXEMPT).filter((name) => !tables.some((table) => table.name === name))).toEqual([]);
  });

  it("have unique rules and indexes that lead with it", () => {
    const rules = ofTeams.flatMap(({ name, body }) =>
      [...body.matchAll(/\bunique \(([^)]*)\)/g)].map(([, columns]) => `${name}: ${columns}`),
    );
    const indexes = [...migrations.matchAll(/create (?:unique )?index \w+ on (\w+) \(([^)]*)\)/g)]
      .filter(([, name]) => !(name! in EXEMPT))
      .map(([, name, columns]) => `${name}: ${columns}`);
    expect([...rules, ...indexes].filter((rule) => !/: team_id\b/.test(rule))).toEqual([]);
  });

  it("are asked for with their team in every statement of a stage (threats A2)", () => {
    const names = ofTeams.map(({ name }) => name).join("|");
    const statement = new RegExp(`\\.(?:selectFrom|updateTable|deleteFrom)\\("(${names})"\\)`, "g");
    const missing = filesBelow("src", /\.ts$/)
      .filter(({ path }) => !(path in WHOLE_STORE))
      .flatMap(({ path, text }) =>
        [...text.matchAll(statement)]
          .filter(({ index }) => !/team_id/.test(statementAt(text, index)))
          .map(([, name]) => `${path}: ${name}`),
      );
    // Keys of senders are found before the team is known: they are what names it.
    expect(missing).toEqual(["src/api/auth/store.ts: source_key"]);
  });
});

/** Read for all teams at once, by design. */
const WHOLE_STORE: Record<string, string> = {
  "src/configuration.ts": "the snapshot of all teams",
  "src/bootstrap.ts": "the first rows, before anybody calls",
};

/** The statement from its first word to the call that runs it. */
function statementAt(text: string, start: number): string {
  const end = text.slice(start).search(/\.(execute|executeTakeFirst|executeTakeFirstOrThrow)\(|\n\n|;\n/);
  return text.slice(start, end < 0 ? start + 1_500 : start + end);
}
