"""The metrics that dashboards may ask, with their labels: the exporter's contract."""

from __future__ import annotations

_RELATION = "type namespace source source_kind target target_kind"
_OBJECT = "id kind namespace name"
_SLEEPINFO = "namespace sleepinfo"
_WORKLOAD = "namespace workload_kind workload environment"
SCRAPED = frozenset({"__name__", "cluster", "instance", "job"})

_TABLE = {
    "astrolabe_resource_info": f"{_OBJECT} group uid api_version helm_release helm_chart",
    "astrolabe_resource_status": f"{_OBJECT} status reason",
    "astrolabe_resource_status_since_timestamp_seconds": _OBJECT,
    "astrolabe_resource_created_timestamp_seconds": _OBJECT,
    "astrolabe_edge_info": _RELATION,
    "astrolabe_reference_missing_info": f"{_RELATION} optional",
    "astrolabe_pod_workload_info": "namespace pod uid node workload_kind workload helm_release",
    "astrolabe_helm_release_info": "namespace release chart revision status",
    "astrolabe_root_cause_info": f"{_OBJECT} cause cause_kind distance reason",
    "astrolabe_impact": _OBJECT,
    "astrolabe_cause_info": f"{_OBJECT} reason message",
    "astrolabe_cause_affected": "id",
    "astrolabe_last_change_timestamp_seconds": f"{_OBJECT} change",
    "astrolabe_resources": "kind namespace status",
    "astrolabe_edges": "type",
    "astrolabe_access_secret_readers": "namespace how",
    "astrolabe_access_readers_gained_total": "namespace",
    "astrolabe_access_finding_info": "rule severity id kind namespace",
    "astrolabe_serviceaccount_token_mounts": "namespace serviceaccount needed",
    "astrolabe_build_info": "version",
    "astrolabe_list_total": "resource result",
    "astrolabe_watch_total": "resource result",
    "astrolabe_watch_events_total": "resource type",
    "astrolabe_synced": "resource",
    "astrolabe_last_event_timestamp_seconds": "resource",
    "astrolabe_event_lag_seconds_bucket": "le",
    "astrolabe_decode_errors_total": "resource",
    "astrolabe_internal_errors_total": "part",
    "astrolabe_scrape_duration_seconds_bucket": "le",
    "astrolabe_exposition_series": "",
    "astrolabe_exposition_bytes": "",
    "astrolabe_shard": "",
    "astrolabe_total_shards": "",
    "process_resident_memory_bytes": "",
    "process_cpu_seconds_total": "",
    "kube_green_sleep_operations_total": "environment operation status",
    "kube_green_resources_scaled_total": "environment resource_type namespace direction",
    "kube_green_cost_savings_estimate_dollars": "environment time_period",
    "kube_green_cost_savings_dollars_total": "environment namespace",
    "kube_green_co2_savings_estimate_grams_total": "environment",
    "astrolabe_sleepinfo_info": f"{_SLEEPINFO} environment weekdays sleep_at wake_up_at time_zone",
    "astrolabe_sleepinfo_next_operation_timestamp_seconds": f"{_SLEEPINFO} operation",
    "astrolabe_sleepinfo_last_operation_timestamp_seconds": f"{_SLEEPINFO} operation",
    "astrolabe_sleepinfo_scheduled_asleep": _SLEEPINFO,
    "astrolabe_workload_asleep": _WORKLOAD,
    "astrolabe_workload_scale_total": "namespace actor direction",
    "astrolabe_environment_sleep_ratio": "environment",
    "astrolabe_workload_cost_hourly_dollars": f"{_WORKLOAD} resource",
    "astrolabe_volume_cost_hourly_dollars": "namespace persistentvolumeclaim environment storageclass",
    "astrolabe_workload_baseline_cost_hourly_dollars": _WORKLOAD,
    "ALERTS": "alertname alertstate severity kind namespace name",
    "gitlab_api_requests_total": "method endpoint status",
    "argocd_sync_operations_total": "application status",
    "astrolabe_override_active": "environment action",
    "astrolabe_override_end_timestamp_seconds": "environment action",
    "astrolabe_override_verified": "environment action",
    "kube_green_operation_duration_seconds_sum": "environment operation",
    "kube_green_operation_duration_seconds_count": "environment operation",
    "astrolabe_unpriced_workloads": "namespace environment",
    "astrolabe_price_dollars": "resource unit",
}

LABELS = {metric: frozenset(labels.split()) | SCRAPED for metric, labels in _TABLE.items()}
