export type StatisticName = string;
