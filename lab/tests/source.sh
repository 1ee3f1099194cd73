# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels built here.

# A wanted option that did not stick is an error which names it.
config_checked() {	# LANE-CONFIG CONFIG
	echo "$2" >"$work/config"
	# shellcheck disable=SC2034,SC2317,SC2329,SC1091 # for source.sh
	(
		die() { echo "$1"; exit 125; }
		LAB=$here/.. ARCH_CONFIGS='' LANE_CONFIGS='' LANE=t LANE_CONFIG=$1
		. "$here/../source.sh"
		source_config_check "$work/config"
	) >"$work/stdout" 2>&1
	code=$?
}

config_checked $'CONFIG_A=y\nCONFIG_N=8\n# CONFIG_B is not set' $'CONFIG_A=y\nCONFIG_N=8\n# CONFIG_C is not set'
check "config: all options there" exits 0
config_checked $'CONFIG_A=y\nCONFIG_N=8' $'CONFIG_A=m\nCONFIG_N=80'
check "config: another value" prints "t: the kernel's configuration did not take CONFIG_A=y CONFIG_N=8"
config_checked '# CONFIG_B is not set' 'CONFIG_B=y'
check "config: an option that would not go away" prints "t: the kernel's configuration did not take CONFIG_B=n"
config_checked $'CONFIG_A=y\n# CONFIG_A is not set' '# CONFIG_A is not set'
check "config: the later line wins" exits 0
