"""What workloads and volumes cost by their requests, and what sleeping saves."""
