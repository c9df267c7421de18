// A libnvidia-ml of eight devices that are not there: every two of them are joined by NVLink,
// the last is divided into MIG instances. The file FAKE_NVML_FAULTS has lines of a device and
// an XID, which it has from then on.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nvml.h"

#define DEVICES 8
#define MIGS 2
struct nvmlDevice_st { int index, mig; };
static struct nvmlDevice_st devices[DEVICES], migs[MIGS];
static int told;

static int count(void) {
	const char *n = getenv("FAKE_NVML_COUNT");
	return n ? atoi(n) : DEVICES;
}

nvmlReturn_t nvmlInit_v2(void) {
	for (int i = 0; i < DEVICES; i++) devices[i] = (struct nvmlDevice_st){i, -1};
	for (int i = 0; i < MIGS; i++) migs[i] = (struct nvmlDevice_st){DEVICES - 1, i};
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlShutdown(void) { return NVML_SUCCESS; }
nvmlReturn_t nvmlSystemGetDriverVersion(char *s, unsigned n) { snprintf(s, n, "580.95.05"); return NVML_SUCCESS; }
nvmlReturn_t nvmlSystemGetCudaDriverVersion(int *v) { *v = 13000; return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *n) { *n = count(); return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned i, nvmlDevice_t *d) {
	if ((int)i >= count()) return NVML_ERROR_INVALID_ARGUMENT;
	d->handle = &devices[i];
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t d, char *s, unsigned n) {
	if (d.handle->mig >= 0) snprintf(s, n, "MIG-%d", d.handle->mig);
	else snprintf(s, n, "GPU-%d", d.handle->index);
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t d, char *s, unsigned n) { snprintf(s, n, "Fake"); return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t d, nvmlMemory_t *m) {
	m->total = 80ULL << 30, m->used = 1ULL << 30, m->free = m->total - m->used;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t d, unsigned *now, unsigned *next) {
	*now = *next = d.handle->index == DEVICES - 1;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t d, unsigned *n) { *n = 7; return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t d, unsigned i, nvmlDevice_t *m) {
	if (i >= MIGS) return NVML_ERROR_NOT_FOUND;
	m->handle = &migs[i];
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t d, nvmlDeviceAttributes_t *a) {
	memset(a, 0, sizeof *a);
	a->gpuInstanceSliceCount = a->computeInstanceSliceCount = 1, a->memorySizeMB = 9728;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t d, nvmlUtilization_t *u) {
	if (d.handle->index == DEVICES - 1) return NVML_ERROR_NOT_SUPPORTED;
	u->gpu = 25, u->memory = 10;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t d, nvmlTemperatureSensors_t s, unsigned *t) { *t = 60 + d.handle->index; return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t d, unsigned *p) { *p = 300000; return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t d, unsigned long long *r) {
	*r = d.handle->index == 1 ? nvmlClocksEventReasonSwPowerCap : 0;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t d, nvmlPciInfo_t *p) {
	memset(p, 0, sizeof *p);
	snprintf(p->busId, sizeof p->busId, "0000:%02x:00.0", d.handle->index);
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t d, unsigned link, nvmlEnableState_t *s) { *s = link == 0; return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t d, unsigned link, nvmlIntNvLinkDeviceType_t *t) {
	*t = NVML_NVLINK_DEVICE_TYPE_GPU;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t d, unsigned link, nvmlPciInfo_t *p) {
	return nvmlDeviceGetPciInfo_v3((nvmlDevice_t){&devices[d.handle->index ^ 1]}, p);
}
nvmlReturn_t nvmlEventSetCreate(nvmlEventSet_t *s) { s->handle = (void *)&told; return NVML_SUCCESS; }
nvmlReturn_t nvmlEventSetFree(nvmlEventSet_t s) { return NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetSupportedEventTypes(nvmlDevice_t d, unsigned long long *t) {
	*t = nvmlEventTypeXidCriticalError;
	return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceRegisterEvents(nvmlDevice_t d, unsigned long long t, nvmlEventSet_t s) { return NVML_SUCCESS; }
nvmlReturn_t nvmlEventSetWait_v2(nvmlEventSet_t s, nvmlEventData_t *e, unsigned ms) {
	const char *path = getenv("FAKE_NVML_FAULTS");
	for (unsigned waited = 0; waited < ms; waited += 20, usleep(20000)) {
		FILE *f = path ? fopen(path, "r") : NULL;
		if (!f) continue;
		int device, xid, line = 0;
		while (fscanf(f, "%d %d", &device, &xid) == 2)
			if (line++ == told) {
				fclose(f);
				told++;
				memset(e, 0, sizeof *e);
				e->device.handle = &devices[device], e->eventType = nvmlEventTypeXidCriticalError, e->eventData = xid;
				return NVML_SUCCESS;
			}
		fclose(f);
	}
	return NVML_ERROR_TIMEOUT;
}
