// Calls about robots of users and organizations, which have the same shape under two paths.
import { client, read } from "../../api/client";
import type { Robot } from "../../api/types";

export function shorten(robot: string): string {
  return robot.slice(robot.indexOf("+") + 1);
}

export async function listRobots(namespace: string, isOwn: boolean): Promise<Robot[]> {
  const query = { permissions: "true", token: "false" } as never;
  const answer = await read<{ robots: Robot[] }>(
    isOwn
      ? client.GET("/api/v1/user/robots", { params: { query } })
      : client.GET("/api/v1/organization/{organization}/robots", { params: { path: { organization: namespace }, query } }),
  );
  return answer.robots;
}

export async function getRobotToken(robot: string, isOwn: boolean): Promise<string> {
  const short = shorten(robot);
  const answer = await read<Robot>(
    isOwn
      ? client.GET("/api/v1/user/robots/{short}", { params: { path: { short } } })
      : client.GET("/api/v1/organization/{organization}/robots/{short}", { params: { path: { organization: robot.split("+")[0] ?? "", short } } }),
  );
  return answer.token ?? "";
}

export function createRobot(namespace: string, isOwn: boolean, short: string, description: string): Promise<Robot> {
  const body = { description } as never;
  return read(
    isOwn
      ? client.PUT("/api/v1/user/robots/{short}", { params: { path: { short } }, body })
      : client.PUT("/api/v1/organization/{organization}/robots/{short}", { params: { path: { organization: namespace, short } }, body }),
  );
}

export function deleteRobot(robot: string, isOwn: boolean): Promise<unknown> {
  const short = shorten(robot);
  return read(
    isOwn
      ? client.DELETE("/api/v1/user/robots/{short}", { params: { path: { short } } })
      : client.DELETE("/api/v1/organization/{organization}/robots/{short}", { params: { path: { organization: robot.split("+")[0] ?? "", short } } }),
  );
}

export function regenerateRobot(robot: string, isOwn: boolean): Promise<Robot> {
  const short = shorten(robot);
  return read(
    isOwn
      ? client.POST("/api/v1/user/robots/{short}/regenerate", { params: { path: { short } } })
      : client.POST("/api/v1/organization/{organization}/robots/{short}/regenerate", { params: { path: { organization: robot.split("+")[0] ?? "", short } } }),
  );
}
