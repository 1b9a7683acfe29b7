"""What kubelets and controllers write, word for word: messages of containers, of Pods and of Events."""

from __future__ import annotations

LIMIT = (
    'failed to pull and unpack image "docker.io/library/nginx:1.27": failed to copy: '
    "httpReadSeeker: failed open: unexpected status code "
    "https://registry-1.docker.io/v2/library/nginx/manifests/sha256:0a399eb16751829e1af26fea27b20"
    "c3ec28d7ab1fb72182879dcae1cca21206a: 429 Too Many Requests - Server message: "
    "toomanyrequests: You have reached your unauthenticated pull rate limit. "
    "https://www.docker.com/increase-rate-limit"
)
LIMIT_OF_ACCOUNT = (
    'failed to provision volume with StorageClass "incidents-late-full": rpc error: code = '
    "ResourceExhausted desc = volume limit of the account is exceeded"
)
NAMED_USER = (
    "container has runAsNonRoot and image has non-numeric user (node), cannot verify user is "
    'non-root (pod: "web-1_i-by-name(0b1c)", container: web)'
)
NFS = (
    'MountVolume.SetUp failed for volume "c" : mount failed: exit status 32\nMounting command: '
    "mount\nMounting arguments: -t nfs 10.0.0.9:/x "
    "/var/lib/kubelet/pods/1/volumes/kubernetes.io~nfs/c\nOutput: mount.nfs: access denied by "
    "server while mounting 10.0.0.9:/x"
)
NOT_A_FILE = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: error during container init: error "
    "mounting "
    '"/var/lib/kubelet/pods/0b1c2d3e-1111-2222-3333-444455556666/volume-subpaths/conf/web/0" to '
    'rootfs at "/etc/nginx/nginx.conf": mount src=/proc/self/fd/8, dst=/etc/nginx/nginx.conf, '
    "dstFd=/proc/thread-self/fd/9, flags=MS_BIND|MS_REC: not a directory: Are you trying to "
    "mount a directory onto a file (or vice-versa)?"
)
NO_CPU = (
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 4000, used: 14000, capacity: 16000"
)
NO_HANDLER = (
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox "
    'runtime: no runtime for "gvisor" is configured'
)
NO_JOBS = (
    'Error creating job: jobs.batch "night-29342100" is forbidden: exceeded quota: tight, '
    "requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0"
)
NO_MIGRATE = (
    'Back-off pulling image "registry.example/migrate:9": ErrImagePull: failed to resolve '
    'reference "registry.example/migrate:9": registry.example/migrate:9: not found'
)
NO_SHELL = (
    "Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = "
    'failed to exec in container: failed to start exec "a1": OCI runtime exec failed: exec '
    'failed: unable to start container process: exec: "pg_isready": executable file not found in '
    "$PATH"
)
NO_SIGNATURE = (
    "image pull failed for registry.example/web:1 because the signature validation failed: "
    "Source image rejected: A signature was required, but no signature exists"
)
OVER_DEADLINE = "Pod was active on the node longer than the specified deadline"
PREEMPTED = "default-scheduler: preempting to accommodate a higher priority pod"
PULLING = 'Back-off pulling image "docker.io/library/nginx:1.27": ErrImagePull: '
REFUSED_CONNECTION = (
    'Startup probe failed: Get "http://10.0.0.7:15021/healthz/ready": dial tcp 10.0.0.7:15021: '
    "connect: connection refused"
)
TOO_LARGE = (
    "failed to expand pvc with rpc error: code = InvalidArgument desc = 2Gi is more than the largest disk"
)
UNAUTHORIZED = (
    'Failed to pull image "registry.example/web:1": failed to authorize: failed to fetch '
    "anonymous token: unexpected status from GET request to https://registry.example/token: 401 "
    "Unauthorized"
)
UNKILLED = (
    'error killing pod: failed to "KillContainer" for "web" with KillContainerError: "rpc error: '
    "code = DeadlineExceeded desc = an error occurs during waiting for container to be killed: "
    'wait container: context deadline exceeded"'
)
UNMOUNTED = (
    "Unable to attach or mount volumes: unmounted volumes=[c], unattached volumes=[], failed to "
    "process volumes=[]: context deadline exceeded"
)
UNREGISTERED = (
    'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice '
    "failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of "
    "registered CSI drivers"
)
UNSIGNED = (
    'failed to pull and unpack image "registry.example/web:1": failed to resolve reference '
    '"registry.example/web:1": failed to do request: Head '
    '"https://registry.example/v2/web/manifests/1": tls: failed to verify certificate: x509: '
    "certificate signed by unknown authority"
)
