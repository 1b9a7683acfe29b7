"""When environments sleep: schedules, operations of kube-green, and which workloads are asleep."""
