// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for the driver in the lab's own tests, and makes the kernel complain on request:
 * echo Y > /sys/module/kmap_bench/parameters/complain
 */
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int complain(const char *value, const struct kernel_param *param)
{
	WARN(1, "asked for\n");
	return 0;
}

static const struct kernel_param_ops complain_ops = {
	.set = complain,
};

module_param_cb(complain, &complain_ops, NULL, 0200);
MODULE_PARM_DESC(complain, "write anything to get a warning with a back-trace");

MODULE_DESCRIPTION("Kernel complaints on request, for the lab's own tests");
MODULE_LICENSE("GPL");
