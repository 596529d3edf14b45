// The organizations of whoever is signed in.
import { Link } from "react-router";
import { useUser } from "../../api/queries";
import { Chip, DataTable, Nothing, Page, type Column } from "../../kit";
import { strings } from "../../strings";
import type { User } from "../../api/types";

type Row = User["organizations"][number];

export function OrganizationList() {
  const user = useUser();
  const columns: Column<Row>[] = [
    { title: strings.name, render: (row) => <Link to={`/organization/${row.name}`}>{row.name}</Link> },
    { title: strings.role, render: (row) => <Chip>{row.is_org_admin ? strings.adminRole : row.can_create_repo ? strings.creatorRole : strings.memberRole}</Chip> },
  ];
  const create = <Link to="/organizations/new/">{strings.createOrganization}</Link>;
  return (
    <Page title={strings.organizations} actions={create}>
      <DataTable
        label={strings.organizations}
        rows={user.isPending ? undefined : (user.data?.organizations ?? [])}
        columns={columns}
        rowKey={(row) => row.name}
        empty={
          <Nothing title={strings.noOrganizations} actions={create}>
            {strings.noOrganizationsText}
          </Nothing>
        }
        error={user.error}
      />
    </Page>
  );
}
