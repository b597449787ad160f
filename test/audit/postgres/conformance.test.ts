import { afterAll, beforeAll } from "vitest";
import { openAuditStore } from "../../../src/audit/open.ts";
import { type StoreSite, testAuditStore } from "../store-conformance.ts";
import { describeWithPostgres, type Server, startServer } from "./server.ts";

describeWithPostgres("with rights to append only", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  async function newSite(): Promise<StoreSite> {
    const database = await server.newLog();
    return {
      open: () => openAuditStore({ path: server.url(database), mode: "append" }),
      openToRemove: () => openAuditStore({ path: server.url(database, "keeper"), mode: "append" }),
      [Symbol.asyncDispose]: async () => {
        await server.run("postgres", `DROP DATABASE ${database} WITH (FORCE)`);
      },
    };
  }

  testAuditStore("PostgreSQL", newSite);
});
