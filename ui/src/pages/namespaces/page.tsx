// A user's or organization's page.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { client, read } from "../../api/client";
import { useUser } from "../../api/queries";
import type { Organization } from "../../api/types";
import { ErrorNote, Loading, Page, PageTabs, type TabSpec } from "../../kit";
import { strings } from "../../strings";
import { Logs } from "../logs";
import { RepositoryTable } from "../repositories/table";
import { DefaultPermissions } from "./default-permissions";
import { Robots } from "./robots";
import { OrganizationSettings } from "./organization-settings";
import { Teams } from "./teams";
import { UserSettings } from "./user-settings";

export function NamespacePage({ isOrganization }: { isOrganization: boolean }) {
  const { namespace = "" } = useParams();
  const user = useUser();
  if (user.isPending) return <Loading />;
  const isOwn = user.data?.username === namespace;
  return isOrganization && !isOwn ? <OrganizationTabs name={namespace} /> : <UserTabs name={namespace} isOwn={isOwn} />;
}

function OrganizationTabs({ name }: { name: string }) {
  const found = useQuery({
    queryKey: ["organization", name],
    queryFn: () => read<Organization>(client.GET("/api/v1/organization/{organization}", { params: { path: { organization: name } } })),
  });
  if (found.isPending) return <Loading />;
  if (found.error !== null) {
    return (
      <Page title={name}>
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      </Page>
    );
  }
  const { data } = found;
  const tabs: TabSpec[] = [
    { key: "repositories", title: strings.repositories, content: <RepositoryTable query={{ namespace: name }} /> },
    ...(data.is_member || data.is_admin ? [{ key: "teams", title: strings.teamsAndMembership, content: <Teams organization={data} /> }] : []),
    ...(data.is_member || data.is_admin ? [{ key: "robots", title: strings.robotAccounts, content: <Robots namespace={name} isOwn={false} canChange={data.is_admin} /> }] : []),
    ...(data.is_admin
      ? [
          { key: "prototypes", title: strings.defaultPermissions, content: <DefaultPermissions organization={name} /> },
          { key: "logs", title: strings.usageLogs, content: <Logs organization={name} /> },
          { key: "settings", title: strings.settings, content: <OrganizationSettings organization={data} /> },
        ]
      : []),
  ];
  return (
    <Page title={name} crumbs={[{ title: strings.organizations, to: "/organization" }, { title: name }]}>
      <PageTabs label={name} tabs={tabs} />
    </Page>
  );
}

function UserTabs({ name, isOwn }: { name: string; isOwn: boolean }) {
  const tabs: TabSpec[] = [
    { key: "repositories", title: strings.repositories, content: <RepositoryTable query={{ namespace: name }} /> },
    ...(isOwn
      ? [
          { key: "robots", title: strings.robotAccounts, content: <Robots namespace={name} isOwn canChange /> },
          { key: "logs", title: strings.usageLogs, content: <Logs /> },
          { key: "settings", title: strings.settings, content: <UserSettings /> },
        ]
      : []),
  ];
  return (
    <Page title={name}>
      <PageTabs label={name} tabs={tabs} />
    </Page>
  );
}
