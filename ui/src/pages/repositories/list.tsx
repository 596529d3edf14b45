import { Link } from "react-router";
import { Nothing, Page } from "../../kit";
import { strings } from "../../strings";
import { RepositoryTable } from "./table";

export function RepositoryList() {
  return (
    <Page title={strings.repositories} actions={<Link to="/new">{strings.createRepository}</Link>}>
      <RepositoryTable query={{}} empty={<Nothing title={strings.noRepositories} actions={<Link to="/new">{strings.createRepository}</Link>} />} />
    </Page>
  );
}
