// What superusers see: users, organizations, jobs, messages, the log.
import { useQuery } from "@tanstack/react-query";
import { client, read } from "../../api/client";
import { useUser } from "../../api/queries";
import { Chip, DataTable, Loading, Page, PageTabs, type Column } from "../../kit";
import { strings } from "../../strings";
import { Logs } from "../logs";
import { NotFound } from "../not-found";
import { Jobs } from "./jobs";
import { Messages } from "./messages";
import { Users } from "./users";

export function Administration() {
  const user = useUser();
  if (user.isPending) return <Loading />;
  if (!user.data?.super_user) return <NotFound />;
  return (
    <Page title={strings.administration}>
      <PageTabs
        label={strings.administration}
        tabs={[
          { key: "users", title: strings.users, content: <Users /> },
          { key: "organizations", title: strings.organizations, content: <Organizations /> },
          { key: "jobs", title: strings.jobs, content: <Jobs /> },
          { key: "messages", title: strings.messages, content: <Messages /> },
          { key: "logs", title: strings.usageLogs, content: <Logs everything /> },
          { key: "health", title: strings.health, content: <Health /> },
        ]}
      />
    </Page>
  );
}

function Organizations() {
  const list = useQuery({
    queryKey: ["superuser", "organizations"],
    queryFn: () => read<{ organizations: { name: string; email: string }[] }>(client.GET("/api/v1/superuser/organizations/")),
  });
  const columns: Column<{ name: string; email: string }>[] = [
    { title: strings.name, render: (row) => row.name },
    { title: strings.email, render: (row) => row.email || strings.none },
  ];
  return <DataTable label={strings.organizations} rows={list.data?.organizations} columns={columns} rowKey={(row) => row.name} error={list.error} />;
}

function Health() {
  const health = useQuery({
    queryKey: ["health"],
    queryFn: () => read<{ data: { services: Record<string, boolean> }; status_code: number }>(client.GET("/health/instance")),
  });
  const rows = Object.entries(health.data?.data.services ?? {}).map(([name, isWell]) => ({ name, isWell }));
  const columns: Column<{ name: string; isWell: boolean }>[] = [
    { title: strings.name, render: (row) => row.name },
    { title: strings.state, render: (row) => <Chip color={row.isWell ? "green" : "red"}>{row.isWell ? strings.well : strings.failing}</Chip> },
  ];
  return <DataTable label={strings.health} rows={health.data === undefined ? undefined : rows} columns={columns} rowKey={(row) => row.name} error={health.error} />;
}
