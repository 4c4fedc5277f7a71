/* SPDX-License-Identifier: BSD-2-Clause */
#include "escalate.h"
#include "fork.h"
#include "inherited.h"
#include "instance.h"
#include "log.h"
#include "real.h"
#include "wait.h"

__attribute__((constructor)) static void start(void) {
  real_resolve();
  log_init();
  attach_init();
  waiters_init();
  fork_init();
  inherited_listeners();
  escalated_inherited();
}
