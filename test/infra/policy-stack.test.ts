import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { knownValues } from "../../infra/policy/known-values.ts";
import type { StackResource } from "../../infra/policy/rule.ts";
import { RESOURCE_RULES, STACK_RULES } from "../../infra/policy/rules.ts";
import { UNKNOWN } from "../../src/permissions-diff/state-values.ts";
import { runProgram } from "./program-under-mocks.ts";

const violationsOf = (name: string, resources: StackResource[]) =>
  STACK_RULES.find((rule) => rule.name === name)!.stackViolations(resources);

const resource = (over: Partial<StackResource>): StackResource => ({
  type: "pulumi:pulumi:Stack",
  name: "thing",
  urn: "urn:thing",
  inputs: {},
  isProtected: false,
  sources: {},
  ...over,
});

describe("no-secret-in-outputs", () => {
  const outputsOf = (inputs: Record<string, unknown>) => violationsOf("no-secret-in-outputs", [resource({ inputs })]);

  it("lets ids and addresses of secrets pass, also unknown ones", () => {
    const good = { clientId: "c", secretUri: "https://v.vault.azure.net/secrets/a", clientSecret: UNKNOWN };
    expect(outputsOf(good)).toEqual([]);
    expect(outputsOf({ clientSecret: "https://v.vault.azure.net/secrets/a" })).toEqual([]);
  });

  it("refuses secrets by name or by look, inside objects too", () => {
    const messages = outputsOf({
      clientSecret: "abc~def",
      environment: { DATABASE_URL: "postgresql://worker:hunter2@db.example/watchbell" },
      callback: "https://logic.example/run?sig=abcdefghijklmnopqrstuvwxyz",
    }).map(({ message }) => message);
    expect(messages).toEqual([
      "output clientSecret looks like a secret",
      "output environment.DATABASE_URL looks like a secret",
      "output callback looks like a secret",
    ]);
  });
});

describe("diagnostics", () => {
  const vault = resource({ type: "azure-native:keyvault:Vault", name: "vault", urn: "urn:vault" });
  const setting = resource({
    type: "azure-native:monitor:DiagnosticSetting",
    urn: "urn:logs",
    inputs: { resourceUri: UNKNOWN },
    sources: { resourceUri: ["urn:vault"] },
  });

  it("finds the setting by what its address comes from, also when that is unknown", () => {
    expect(violationsOf("diagnostics", [vault, setting])).toEqual([]);
  });

  it("names what sends no logs", () => {
    expect(violationsOf("diagnostics", [vault])).toEqual([
      { urn: "urn:vault", message: "vault has no diagnostic setting" },
    ]);
  });
});

describe("the pack", () => {
  it("makes a value that is not known yet a value, where the engine would end the rule", () => {
    const guarded = {
      known: ["a"],
      get unknown(): string {
        throw new Error("string value at .unknown can't be known during preview");
      },
    };
    expect(knownValues(guarded)).toEqual({ known: ["a"], unknown: UNKNOWN });
  });

  it("lets other errors of a value through", () => {
    const broken = {
      get value(): string {
        throw new Error("broken");
      },
    };
    expect(() => knownValues(broken)).toThrow("broken");
  });

  it("has rules of different names, each explained in docs/review.md with its level", () => {
    const page = readFileSync(new URL("../../docs/review.md", import.meta.url), "utf8");
    const rules = [...RESOURCE_RULES, ...STACK_RULES];
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    expect(
      rules.filter(({ name, level }) => !page.includes(`| \`${name}\` | ${level} |`)).map(({ name }) => name),
    ).toEqual([]);
  });

  it("has nothing mandatory to say against the program with its defaults", async () => {
    const { registered } = await runProgram();
    const found = registered.flatMap(({ type, name, inputs }) =>
      RESOURCE_RULES.filter((rule) => rule.level === "mandatory" && rule.types.includes(type)).flatMap((rule) =>
        rule
          .violations({ type, name, inputs, isProtected: true })
          .map((violation) => `${rule.name}: ${name}: ${violation}`),
      ),
    );
    expect(found).toEqual([]);
  });

  it("asks for tags wherever the program sets some, so that a type of resource is not forgotten", async () => {
    const { registered } = await runProgram();
    const asked = RESOURCE_RULES.find(({ name }) => name === "tags")!.types;
    const tagged = registered.filter(({ type, inputs }) => "tags" in inputs && type.startsWith("azure-native:"));
    expect(tagged.map(({ type }) => type).filter((type) => !asked.includes(type))).toEqual([]);
  });
});
